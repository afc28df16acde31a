namespace Puna.Hub.Tests;

public sealed class SettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("puna-settings-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    private HubToken? Find(params (string Name, string Value)[] variables) => TokenLocator.Find(Variables([.. variables, ("XDG_CACHE_HOME", Path.Combine(_folder, "none"))]), _folder);

    private static Func<string, string?> Variables(params (string Name, string Value)[] variables) => name => variables.Where(one => one.Name == name).Select(one => one.Value).FirstOrDefault();

    [Fact]
    public void The_token_is_looked_for_in_the_usual_order()
    {
        Find().ShouldBeNull();
        var file = Write("cache/token", "from-file\n");
        Find(("HF_HOME", Path.Combine(_folder, "cache")))!.Header.Parameter.ShouldBe("from-file");
        Find(("HF_TOKEN_PATH", file))!.Source.ShouldBe(file);
        TokenLocator.Find(Variables(("XDG_CACHE_HOME", _folder)), _folder).ShouldBeNull();
        Write("huggingface/token", "from-xdg");
        TokenLocator.Find(Variables(("XDG_CACHE_HOME", _folder)), _folder)!.Header.Parameter.ShouldBe("from-xdg");
        Write(".env", "# mine\nOTHER=1\nexport HF_TOKEN=\"from-dotenv\" # remark\n");
        Find(("HF_TOKEN_PATH", file))!.Header.Parameter.ShouldBe("from-dotenv");
        Write(".env", "HUGGING_FACE_HUB_TOKEN=older # remark\r\nHF_TOKEN=\n");
        Find()!.Header.Parameter.ShouldBe("older");
        Find(("HUGGING_FACE_HUB_TOKEN", "from-old-variable"))!.Header.Parameter.ShouldBe("from-old-variable");
        Find(("HF_TOKEN", " from-variable "), ("HUGGING_FACE_HUB_TOKEN", "x"))!.Header.Parameter.ShouldBe("from-variable");
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("line\nbreak")]
    [InlineData("schlüssel")]
    public void A_token_that_is_none_is_refused_without_being_shown(string token)
    {
        var message = Should.Throw<InvalidDataException>(() => Find(("HF_TOKEN", token))).Message;
        message.ShouldContain("HF_TOKEN");
        message.ShouldNotContain(token);
    }

    [Fact]
    public void The_endpoint_is_the_option_else_the_variable_else_Hugging_Face()
    {
        HubOptions From(string? option, params (string, string)[] variables) => HubOptions.From(option, [], Variables([.. variables, ("XDG_CACHE_HOME", _folder)]), _folder);
        From(null).Endpoint.ShouldBe(new Uri("https://huggingface.co"));
        From(null, ("HF_ENDPOINT", "https://mirror.example.org/")).At("/api/x").AbsoluteUri.ShouldBe("https://mirror.example.org/api/x");
        From("http://127.0.0.1:9", ("HF_ENDPOINT", "https://mirror.example.org")).Endpoint.Port.ShouldBe(9);
        From("http://[::1]:9").Endpoint.Host.ShouldBe("[::1]");
        From(null, ("HF_HUB_OFFLINE", "1")).IsOffline.ShouldBeTrue();
        From(null, ("HF_HUB_OFFLINE", "0")).IsOffline.ShouldBeFalse();
        Should.Throw<InvalidDataException>(() => From("http://mirror.example.org")).Message.ShouldContain("not https");
        foreach (var bad in (string[])["mirror", "ftp://x.org", "https://me:secret@x.org", "https://x.org/?a=b", ""])
            Should.Throw<InvalidDataException>(() => From(bad)).Message.ShouldNotContain("secret");
        // who writes .env must not lead another token elsewhere
        Write(".env", "HF_ENDPOINT=https://evil.example.org\n");
        From(null).Endpoint.Host.ShouldBe("huggingface.co");
    }

    [Theory]
    [InlineData("https://x.org")]
    [InlineData("x.org/path")]
    [InlineData("*")]
    [InlineData("a.*.org")]
    [InlineData("user@x.org")]
    [InlineData("")]
    public void An_allowed_host_is_a_host(string host) => Should.Throw<InvalidDataException>(() => new AllowedHosts([host]));

    [Fact]
    public void The_cache_is_moved_by_a_variable()
    {
        UserCache.Folder(Variables((UserCache.Variable, _folder))).ShouldBe(_folder);
        if (OperatingSystem.IsLinux()) UserCache.Folder(Variables(("XDG_CACHE_HOME", "/x"))).ShouldBe("/x/puna");
        Path.IsPathFullyQualified(UserCache.Folder(Variables())).ShouldBeTrue();
    }

    [Theory]
    [InlineData("gpt2", true)]
    [InlineData("meta-llama/Llama-3.2-1B", true)]
    [InlineData("a/b/c", false)]
    [InlineData("a/..", false)]
    [InlineData("../a", false)]
    [InlineData("a/b.git", false)]
    [InlineData("a/-b", false)]
    [InlineData("a--b/c", false)]
    [InlineData("a b/c", false)]
    [InlineData("a/b?x", false)]
    [InlineData("", false)]
    [InlineData("/", false)]
    public void Names_of_models_are_checked(string name, bool isOne)
    {
        if (isOne) ModelName.Parse(name).ToString().ShouldBe(name);
        else Should.Throw<InvalidDataException>(() => ModelName.Parse(name)).Message.ShouldContain("OWNER/NAME");
    }
}
