namespace Puna.Cli;

/// <summary>What the program tells its caller.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>It failed at run time: disk or memory ran out, numbers ran away.</summary>
    public const int Failed = 1;

    /// <summary>Wrong usage or input.</summary>
    public const int Misuse = 2;

    /// <summary>Stopped by Ctrl-C or a termination signal, as shells report it.</summary>
    public const int Stopped = 130;
}
