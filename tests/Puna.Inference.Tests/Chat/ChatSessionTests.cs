using Puna.Text;

namespace Puna.Inference.Tests;

public sealed class ChatSessionTests : IDisposable
{
    private static readonly GenerationOptions Short = new() { MaxOutputTokens = 8 };
    private readonly TinyChat _tiny = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _tiny.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void An_exchange_can_be_taken_back_and_answered_again()
    {
        using var generator = _tiny.NewGenerator();
        var session = Session(generator);
        session.Undo().ShouldBeNull();
        Should.Throw<InvalidDataException>(() => session.AskAgain()).Message.ShouldContain("nothing has been said");
        var first = Say(session, "one");
        session.UsedPositions.ShouldBe(generator.Statistics.PromptTokens + 8);
        var again = string.Concat(session.AskAgain());
        session.Turns.Select(turn => turn.Content).ShouldBe(["one", again]);
        again.ShouldNotBe(first); // the next seed
        session.Undo().ShouldBe("one");
        session.Turns.ShouldBeEmpty();
        session.Sampling = SamplingOptions.Greedy;
        var plain = Say(session, "one");
        session.Undo();
        session.System = "Be kind.";
        Say(session, "one").ShouldNotBe(plain);
    }

    [Fact]
    public void A_message_that_no_longer_fits_is_not_lost_when_it_is_asked_again()
    {
        using var generator = _tiny.NewGenerator();
        var session = Session(generator);
        Say(session, "one");
        var turns = session.Turns.ToArray();
        session.System = new string('x', 300);
        Should.Throw<InvalidDataException>(() => session.AskAgain());
        session.Turns.ShouldBe(turns);
    }

    [Fact]
    public void A_saved_conversation_goes_on_where_it_was_without_being_computed_again()
    {
        using var generator = _tiny.NewGenerator();
        var session = Session(generator, system: "Be kind.");
        session.Sampling = SamplingOptions.Greedy;
        Say(session, "one");
        Say(session, "two");
        var saved = ConversationFile.Save(_folder["c.json"], session, generator, "tiny");
        (saved.Turns, saved.CachedPositions).ShouldBe((4, generator.Generator.CachedPositions));
        _folder.Entries.ShouldBe(["c.json", "c.json.cache"]);
        var next = Say(session, "three");

        using var other = _tiny.NewGenerator();
        var loaded = Session(other);
        loaded.Sampling = SamplingOptions.Greedy;
        ConversationFile.Load(_folder["c.json"], loaded, other).ShouldBe(new SavedConversation(4, saved.CachedPositions, null));
        loaded.System.ShouldBe("Be kind.");
        Say(loaded, "three").ShouldBe(next);
        loaded.Turns.ShouldBe(session.Turns);
        other.Statistics.CachedTokens.ShouldBe(generator.Statistics.CachedTokens);
        other.Statistics.CachedTokens.ShouldBeGreaterThan(40);

        File.Delete(_folder["c.json.cache"]);
        using var third = _tiny.NewGenerator();
        var again = Session(third);
        again.Sampling = SamplingOptions.Greedy;
        ConversationFile.Load(_folder["c.json"], again, third).CacheProblem.ShouldNotBeNull().ShouldContain("no cache");
        Say(again, "three").ShouldBe(next);
    }

    [Theory]
    [InlineData("{", "no conversation in JSON")]
    [InlineData("[]", "no \"messages\"")]
    [InlineData("{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}", "no answer")]
    [InlineData("{\"messages\": [{\"role\": \"assistant\", \"content\": \"a\"}]}", "where the user's turn is")]
    [InlineData("{\"messages\": [{\"role\": \"user\"}]}", "without role or content")]
    [InlineData("{\"messages\": [{\"role\": \"user\", \"content\": null}]}", "without role or content")]
    [InlineData("{\"messages\": [{\"role\": \"user\", \"content\": [1]}]}", "no conversation in JSON")]
    [InlineData("{\"messages\": [{\"role\": \"user\", \"content\": \"a\", \"tool_calls\": []}]}", "\"tool_calls\", which this chat cannot hold")]
    [InlineData("{\"format\": \"puna-chat-9\", \"messages\": []}", "puna-chat-9")]
    public void A_file_that_holds_no_conversation_changes_nothing(string json, string words)
    {
        using var generator = _tiny.NewGenerator();
        var session = Session(generator);
        Say(session, "one");
        File.WriteAllText(_folder["c.json"], json);
        Should.Throw<InvalidDataException>(() => ConversationFile.Load(_folder["c.json"], session, generator)).Message.ShouldContain(words);
        session.Turns.Count.ShouldBe(2);
    }

    [Fact]
    public void What_other_programs_save_is_read()
    {
        using var generator = _tiny.NewGenerator();
        var session = Session(generator);
        File.WriteAllText(_folder["c.json"], "{\"messages\": [{\"role\": \"system\", \"content\": \"s\"}, {\"content\": \"a\", \"role\": \"user\"}, {\"role\": \"assistant\", \"content\": \"b\"}]}");
        ConversationFile.Load(_folder["c.json"], session, generator).Turns.ShouldBe(2);
        session.System.ShouldBe("s");
        session.Turns.ShouldBe([new ChatTurn("user", "a"), new ChatTurn("assistant", "b")]);
    }

    private static ChatSession Session(TextGenerator generator, string? system = null) => new(generator, new SamplingOptions { Temperature = 1.5, TopK = 0, TopP = 1, MinP = 0, Seed = 1 }, Short, system);

    private static string Say(ChatSession session, string message) => string.Concat(session.Ask(message));
}
