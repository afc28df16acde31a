namespace Puna.Text.Jinja;

/// <summary>A value of the template language; the words for its behaviour are Python's, whose the language is.</summary>
internal abstract class Value
{
    /// <summary>Python's name of the type, as its errors say it.</summary>
    public abstract string TypeName { get; }

    public virtual bool IsTrue => true;
}

internal sealed class NoneValue : Value
{
    public static NoneValue Instance { get; } = new();

    public override string TypeName => "NoneType";

    public override bool IsTrue => false;
}

internal sealed class BoolValue(bool flag) : Value
{
    private static readonly BoolValue True = new(true), False = new(false);

    public bool Flag => flag;

    public override string TypeName => "bool";

    public override bool IsTrue => flag;

    public static BoolValue Of(bool flag) => flag ? True : False;
}

internal sealed class IntValue(long number) : Value
{
    public long Number => number;

    public override string TypeName => "int";

    public override bool IsTrue => number != 0;
}

internal sealed class FloatValue(double number) : Value
{
    public double Number => number;

    public override string TypeName => "float";

    public override bool IsTrue => number != 0;
}

/// <summary>What a missing name or member evaluates to: it prints as nothing, counts as false and has no elements; anything else is an error.</summary>
internal sealed class UndefinedValue(string problem) : Value
{
    /// <summary>What is missing.</summary>
    public string Problem => problem;

    public override string TypeName => "Undefined";

    public override bool IsTrue => false;
}
