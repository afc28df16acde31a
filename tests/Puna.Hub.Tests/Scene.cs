namespace Puna.Hub.Tests;

/// <summary>A hub, a folder and what is needed to pull and push between them.</summary>
internal sealed class Scene : IDisposable
{
    public const string Model = "someone/tiny";

    public Scene()
    {
        Weights = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7919 >> 5))];
        Hub[Model].Commit(
            ("config.json", new TestFile("{\"model_type\":\"llama\"}"u8.ToArray(), false)), ("README.md", new TestFile("# tiny\n"u8.ToArray(), false)), (".gitattributes", new TestFile("*\n"u8.ToArray(), false)),
            ("model.safetensors", new TestFile(Weights, true)), ("original/consolidated.pth", new TestFile([1, 2, 3], true)));
    }

    public TestHub Hub { get; } = new();

    public string Folder { get; } = Directory.CreateTempSubdirectory("puna-hub-").FullName;

    public byte[] Weights { get; }

    public Told Told { get; } = new();

    /// <summary>Pauses that were asked for; none is waited for.</summary>
    public List<TimeSpan> Pauses { get; } = [];

    /// <summary>Requests for bytes of the weights.</summary>
    public IEnumerable<TestRequest> WeightRequests => Hub.StorageRequests.Where(request => request.Path.StartsWith("/blobs/", StringComparison.Ordinal));

    public string this[string name] => Path.Combine(Folder, name);

    public RetryPolicy Retry => new()
    {
        Most = 3,
        Silence = TimeSpan.FromSeconds(20),
        Wait = (pause, _) =>
        {
            Pauses.Add(pause);
            return Task.CompletedTask;
        },
    };

    public HubOptions Options(string? token = TestHub.Token, string? storage = null) => new(Hub.Address, new AllowedHosts([Hub.Address.Authority, storage ?? Hub.Storage.Authority]))
    {
        Token = token is null ? null : new HubToken(token, "HF_TOKEN"),
        Retry = Retry,
    };

    public PullResult Pull(PullOptions? options = null, HubOptions? hub = null) =>
        PullRun.Run(options ?? new PullOptions(ModelName.Parse(Model)) { Output = this["out"] }, hub ?? Options(), Told, CancellationToken.None);

    public PushResult Push(string path, string name = "someone/new", bool isPrivate = false, HubOptions? hub = null) =>
        PushRun.Run(new PushOptions(path, ModelName.Parse(name), new ModelCard(name).Write()) { IsPrivate = isPrivate }, hub ?? Options(), Told, CancellationToken.None);

    /// <summary>The sentence that a pull is refused with, without a trace of the token in it.</summary>
    public string Refused<T>(Action action) where T : Exception
    {
        var exception = Should.Throw<T>(action);
        exception.ToString().ShouldNotContain(TestHub.Token);
        Told.All.ShouldNotContain(TestHub.Token);
        exception.Message.ShouldNotContain('\n');
        return exception.Message;
    }

    public void Dispose()
    {
        Hub.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
