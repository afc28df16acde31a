using System.Text.Json;
using Microsoft.Extensions.AI;
using Puna.Text;

namespace Puna.Inference.Tests;

public sealed class ChatClientTests
{
    private static readonly ChatMessage[] Hello = [new(ChatRole.User, "Hello there")];
    private static readonly ChatOptions Greedy = new() { Temperature = 0 };

    [Fact]
    public async Task An_answer_comes_whole_or_in_pieces_and_is_the_same()
    {
        using var scripted = new Scripted(ChatTemplates.Llama3).Says(" \n It is five o'clock. \n");
        var client = scripted.Model.AsIChatClient();
        var whole = await client.GetResponseAsync(Hello, Greedy);
        var updates = await client.GetStreamingResponseAsync(Hello, Greedy).ToListAsync();
        whole.Text.ShouldBe("It is five o'clock.");
        string.Concat(updates.Select(update => update.Text)).ShouldBe(whole.Text);
        updates.Count.ShouldBeGreaterThan(10);
        updates.Select(update => update.ResponseId).Distinct().Count().ShouldBe(1);
        updates[..^1].Select(update => update.MessageId).Distinct().Count().ShouldBe(1);
        updates.ShouldAllBe(update => update.Role == ChatRole.Assistant && update.ModelId == "scripted" && update.CreatedAt != null);
        updates[..^1].ShouldAllBe(update => update.FinishReason == null);
        updates[^1].FinishReason.ShouldBe(ChatFinishReason.Stop);
        whole.FinishReason.ShouldBe(ChatFinishReason.Stop);
        whole.Messages.ShouldHaveSingleItem().Role.ShouldBe(ChatRole.Assistant);
        whole.ModelId.ShouldBe("scripted");
        whole.ConversationId.ShouldBeNull();
    }

    [Fact]
    public async Task Usage_counts_the_prompt_the_answer_and_what_was_not_computed_again()
    {
        using var scripted = new Scripted(ChatTemplates.Llama3).Says("yes");
        var client = scripted.Model.AsIChatClient();
        var first = await client.GetResponseAsync(Hello, Greedy);
        var prompt = ChatTemplates.Llama3.Encode(scripted.Tokenizer, [new ChatTurn("user", "Hello there")], true).Ids.Length;
        (first.Usage!.InputTokenCount, first.Usage.OutputTokenCount, first.Usage.TotalTokenCount, first.Usage.CachedInputTokenCount).ShouldBe((prompt, 3, prompt + 3, 0));
        var computed = scripted.Engine.Computed;
        var second = await client.GetResponseAsync([.. Hello, .. first.Messages, new ChatMessage(ChatRole.User, "Sure?")], Greedy);
        second.Usage!.CachedInputTokenCount.ShouldBe(prompt + 3); // the end of the turn was never fed
        (scripted.Engine.Computed - computed).ShouldBe((int)(second.Usage.InputTokenCount! - second.Usage.CachedInputTokenCount! + 3));
    }

    [Fact]
    public async Task Two_conversations_do_not_take_each_others_cache()
    {
        using var scripted = new Scripted(ChatTemplates.Llama3).Says("yes");
        var client = scripted.Model.AsIChatClient();
        List<ChatMessage> a = [new(ChatRole.User, new string('a', 300))], b = [new(ChatRole.User, new string('b', 300))];
        for (var round = 0; round < 3; round++)
        {
            foreach (var conversation in (List<ChatMessage>[])[a, b])
            {
                var response = await client.GetResponseAsync(conversation, Greedy);
                if (round > 0) response.Usage!.CachedInputTokenCount.ShouldNotBeNull().ShouldBeGreaterThan(300);
                conversation.AddRange(response.Messages);
                conversation.Add(new ChatMessage(ChatRole.User, "and?"));
            }
        }
    }

    [Fact]
    public async Task The_limit_of_tokens_and_stop_strings_end_an_answer()
    {
        using var scripted = new Scripted(ChatTemplates.Llama3).Says("one two three four");
        var client = scripted.Model.AsIChatClient();
        var cut = await client.GetResponseAsync(Hello, new ChatOptions { Temperature = 0, MaxOutputTokens = 7 });
        (cut.Text, cut.FinishReason, cut.Usage!.OutputTokenCount).ShouldBe(("one two", ChatFinishReason.Length, 7));
        var stopped = await client.GetResponseAsync(Hello, new ChatOptions { Temperature = 0, StopSequences = ["never", " thr"] });
        (stopped.Text, stopped.FinishReason).ShouldBe(("one two", ChatFinishReason.Stop));
        (await client.GetStreamingResponseAsync(Hello, new ChatOptions { Temperature = 0, StopSequences = [" thr"] }).ToListAsync()).ShouldAllBe(update => !update.Text.Contains('h'));
    }

    [Fact]
    public async Task Instructions_and_system_messages_become_one_system_turn_and_nobody_elses_options_are_changed()
    {
        using var scripted = new Scripted(ChatTemplates.Llama3).Says("ok");
        var options = new ChatOptions { Temperature = 0, Instructions = "Be brief.", ModelId = "scripted" };
        ChatMessage[] messages = [new(ChatRole.System, "You are kind."), .. Hello];
        await scripted.Model.AsIChatClient().GetResponseAsync(messages, options);
        scripted.Seen.ShouldContain("<|start_header_id|>system<|end_header_id|>\n\nBe brief.\n\nYou are kind.<|eot_id|><|start_header_id|>user");
        (options.Instructions, options.Temperature, options.Seed, messages.Length).ShouldBe(("Be brief.", 0f, null, 2));
    }

    [Fact]
    public async Task A_message_cannot_spell_a_control_symbol()
    {
        using var scripted = new Scripted(ChatTemplates.Llama3).Says("ok");
        await scripted.Model.AsIChatClient().GetResponseAsync("x<|eot_id|>y", Greedy);
        scripted.Engine.Seen.Count(id => id == scripted.Tokenizer.Encode("<|eot_id|>", new EncodeOptions(ParseSpecial: true))[0]).ShouldBe(1);
    }

    public static TheoryData<string, ChatOptions, string> Refused => new()
    {
        { "conversation", new ChatOptions { ConversationId = "c1" }, "ConversationId" },
        { "model", new ChatOptions { ModelId = "gpt-4o" }, "'gpt-4o', and this is scripted" },
        { "schema", new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonDocument.Parse("""{"type":"no such"}""").RootElement) }, "ResponseFormat" },
        { "required tool", new ChatOptions { ToolMode = ChatToolMode.RequireAny }, "ToolMode requires a call, and ChatOptions.Tools has no functions" },
        { "required function", new ChatOptions { ToolMode = ChatToolMode.RequireSpecific("f") }, "a call of f" },
        { "two forms", new ChatOptions { AdditionalProperties = new() { ["regex"] = "a", ["grammar"] = "root ::= \"a\"" } }, "would be another; leave one of them out" },
        { "a form and a schema", new ChatOptions { ResponseFormat = ChatResponseFormat.Json, AdditionalProperties = new() { ["regex"] = "a" } }, "ChatOptions.ResponseFormat would be another" },
        { "a form and functions", new ChatOptions { Tools = [AIFunctionFactory.Create(() => 1, "f")], AdditionalProperties = new() { ["regex"] = "a" } }, "a call of ChatOptions.Tools would be another" },
        { "a bad form", new ChatOptions { AdditionalProperties = new() { ["regex"] = "(" } }, "AdditionalProperties[\"regex\"], line 1" },
        { "dry", new ChatOptions { AdditionalProperties = new() { ["dry_multiplier"] = -1 } }, "DryMultiplier is -1" },
        { "reasoning", new ChatOptions { Reasoning = new ReasoningOptions { Effort = ReasoningEffort.High } }, "Reasoning" },
        { "tokens", new ChatOptions { MaxOutputTokens = 0 }, "MaxOutputTokens is 0" },
        { "temperature", new ChatOptions { Temperature = -1 }, "Temperature is -1" },
        { "top p", new ChatOptions { TopP = 1.5f }, "TopP is 1.5" },
        { "top k", new ChatOptions { TopK = -3 }, "TopK is -3" },
        { "stop", new ChatOptions { StopSequences = [""] }, "stop string" },
        { "property", new ChatOptions { AdditionalProperties = new() { ["min_q"] = 0.1 } }, "'min_q', which this client does not know; it knows min_p" },
        { "property's value", new ChatOptions { AdditionalProperties = new() { ["min_p"] = "much" } }, "must be a number" },
        { "samplers", new ChatOptions { AdditionalProperties = new() { ["samplers"] = "top_k;nonsense" } }, "'nonsense'" },
        { "template's variables", new ChatOptions { AdditionalProperties = new() { ["chat_template_kwargs"] = 5 } }, "JSON object" },
        { "raw options", new ChatOptions { RawRepresentationFactory = _ => "text" }, "understands SamplingOptions only" },
        { "tool of another kind", new ChatOptions { Tools = [new HostedWebSearchTool()] }, "functions only" },
        { "two tools of a name", new ChatOptions { Tools = [AIFunctionFactory.Create(() => 1, "f"), AIFunctionFactory.Create(() => 2, "f")] }, "two functions named 'f'" },
    };

    [Fact]
    public async Task An_answer_is_held_to_the_response_format()
    {
        using var scripted = new Scripted(ChatTemplates.Llama3).Says("yes");
        var client = scripted.Model.AsIChatClient();
        var schema = JsonDocument.Parse("""{"enum":["no","never"]}""").RootElement;
        var options = new ChatOptions { Temperature = 0, MaxOutputTokens = 40, ResponseFormat = ChatResponseFormat.ForJsonSchema(schema) };
        JsonSerializer.Deserialize<string>((await client.GetResponseAsync(Hello, options)).Text).ShouldBeOneOf("no", "never");
        foreach (var (name, text) in ((string, string)[])[("regex", "n[eo].*|a b"), ("grammar", "root ::= \"never\" | \"a b\"")])
            (await client.GetResponseAsync(Hello, new ChatOptions { Temperature = 0, MaxOutputTokens = 3, AdditionalProperties = new() { [name] = text } })).Text.ShouldBe("a b");
    }

    [Theory, MemberData(nameof(Refused))]
    public async Task What_cannot_be_honoured_is_refused_with_a_sentence_and_not_passed_over(string name, ChatOptions options, string words)
    {
        using var scripted = new Scripted(Scripted.Llama31).Says("ok");
        var client = scripted.Model.AsIChatClient();
        (await Should.ThrowAsync<InvalidDataException>(() => client.GetResponseAsync(Hello, options), name)).Message.ShouldContain(words);
        (await client.GetResponseAsync(Hello, Greedy)).Text.ShouldBe("ok");
    }

    [Fact]
    public async Task Answers_in_the_background_are_refused()
    {
#pragma warning disable MEAI001 // these members are experimental
        (string, ChatOptions)[] background = [("AllowBackgroundResponses", new() { AllowBackgroundResponses = true }), ("ContinuationToken", new() { ContinuationToken = ResponseContinuationToken.FromBytes(new byte[] { 1 }) })];
#pragma warning restore MEAI001
        using var scripted = new Scripted(ChatTemplates.Llama3).Says("ok");
        foreach (var (name, options) in background)
            (await Should.ThrowAsync<InvalidDataException>(() => scripted.Model.AsIChatClient().GetResponseAsync(Hello, options))).Message.ShouldContain(name);
    }

    [Fact]
    public void Every_member_of_the_options_is_known_here()
    {
        // a member that a new version of the package adds must be honoured or refused, and then named here
        string[] known =
        [
            "ConversationId", "Instructions", "Temperature", "MaxOutputTokens", "TopP", "TopK", "FrequencyPenalty", "PresencePenalty", "Seed", "Reasoning", "ResponseFormat", "ModelId",
            "StopSequences", "AllowMultipleToolCalls", "ToolMode", "Tools", "AllowBackgroundResponses", "ContinuationToken", "RawRepresentationFactory", "AdditionalProperties",
        ];
        typeof(ChatOptions).GetProperties().Select(property => property.Name).Order().ShouldBe(known.Order());
    }

    [Fact]
    public async Task Messages_that_no_text_can_say_are_refused()
    {
        using var scripted = new Scripted(ChatTemplates.Llama3, context: 100).Says("ok");
        var client = scripted.Model.AsIChatClient();
        (await Should.ThrowAsync<InvalidDataException>(() => client.GetResponseAsync([], Greedy))).Message.ShouldContain("no messages");
        ChatMessage image = new(ChatRole.User, [new TextContent("see"), new DataContent(new byte[] { 1, 2 }, "image/png")]);
        (await Should.ThrowAsync<InvalidDataException>(() => client.GetResponseAsync([image], Greedy))).Message.ShouldContain("message 1, of the role 'user', holds a DataContent");
        var message = (await Should.ThrowAsync<InvalidDataException>(() => client.GetResponseAsync(new string('x', 150), Greedy))).Message;
        message.ShouldContain("tokens, the context 100");
        message.ShouldMatch(@"has 1[5-9]\d tokens");
        await Should.ThrowAsync<ArgumentNullException>(() => client.GetResponseAsync((IEnumerable<ChatMessage>)null!));
    }

    [Fact]
    public void A_model_without_a_template_makes_no_client()
    {
        using var scripted = new Scripted(null);
        Should.Throw<InvalidDataException>(() => scripted.Model.AsIChatClient()).Message.ShouldContain("no chat template");
    }

    [Fact]
    public async Task Sampling_options_arrive_and_the_same_seed_gives_the_same_answer()
    {
        using var tiny = new TinyChat();
        var client = tiny.Model.AsIChatClient();
        ChatOptions Options(long? seed) => new() { Temperature = 1.5f, TopK = 0, TopP = 1, MaxOutputTokens = 30, Seed = seed, AdditionalProperties = new() { ["min_p"] = 0 } };
        var first = await client.GetResponseAsync(Hello, Options(3));
        (await client.GetResponseAsync(Hello, Options(3))).Text.ShouldBe(first.Text);
        (await client.GetResponseAsync(Hello, Options(4))).Text.ShouldNotBe(first.Text);
        first.AdditionalProperties!["seed"].ShouldBe(3L);
        var drawn = await client.GetResponseAsync(Hello, Options(null));
        (await client.GetResponseAsync(Hello, Options((long)drawn.AdditionalProperties!["seed"]!))).Text.ShouldBe(drawn.Text);
        var greedy = (await client.GetResponseAsync(Hello, new ChatOptions { Temperature = 0, MaxOutputTokens = 30 })).Text;
        (await client.GetResponseAsync(Hello, new ChatOptions { TopK = 1, MaxOutputTokens = 30 })).Text.ShouldBe(greedy);
        (await client.GetResponseAsync(Hello, new ChatOptions { MaxOutputTokens = 30, AdditionalProperties = new() { ["min_p"] = 1 } })).Text.ShouldBe(greedy);
        (await client.GetResponseAsync(Hello, new ChatOptions { MaxOutputTokens = 30, RawRepresentationFactory = _ => SamplingOptions.Greedy })).Text.ShouldBe(greedy);
        (await client.GetResponseAsync(Hello, new ChatOptions { Temperature = 0, MaxOutputTokens = 30, AdditionalProperties = new() { ["repetition_penalty"] = 50.0 } })).Text.ShouldNotBe(greedy);
        (await client.GetResponseAsync(Hello, new ChatOptions { Temperature = 0, MaxOutputTokens = 30, PresencePenalty = 50 })).Text.ShouldNotBe(greedy);
        (await client.GetResponseAsync(Hello, new ChatOptions { Temperature = 0, MaxOutputTokens = 30, FrequencyPenalty = 50 })).Text.ShouldNotBe(greedy);
    }

    [Fact]
    public async Task Variables_reach_the_template()
    {
        using var scripted = new Scripted(Scripted.Llama31).Says("ok");
        using var json = JsonDocument.Parse("{\"date_string\": \"1 May 2026\"}");
        foreach (var value in (object[])[json.RootElement, new Dictionary<string, object?> { ["date_string"] = "1 May 2026" }])
        {
            await scripted.Model.AsIChatClient().GetResponseAsync(Hello, new ChatOptions { Temperature = 0, AdditionalProperties = new() { ["chat_template_kwargs"] = value } });
            scripted.Seen.ShouldContain("Today Date: 1 May 2026");
        }
    }

    [Fact]
    public async Task Many_calls_at_once_give_what_each_gives_alone()
    {
        using var tiny = new TinyChat();
        var client = tiny.Model.AsIChatClient();
        async Task<string> Ask(int i) => (await client.GetResponseAsync($"question {i}", new ChatOptions { Temperature = 1, Seed = i, MaxOutputTokens = 12 })).Text;
        var alone = new List<string>();
        for (var i = 0; i < 12; i++) alone.Add(await Ask(i));
        (await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(() => Ask(i))))).ShouldBe(alone);
    }

    [Fact]
    public async Task A_cancellation_ends_the_answer_within_a_token_and_the_next_call_works()
    {
        using var scripted = new Scripted(ChatTemplates.Llama3).Says(new string('x', 500));
        var client = scripted.Model.AsIChatClient();
        using var stop = new CancellationTokenSource();
        var said = 0;
        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var update in client.GetStreamingResponseAsync(Hello, Greedy, stop.Token))
                if ((said += update.Text.Length) == 5) stop.Cancel();
        });
        said.ShouldBe(5);
        using var early = new CancellationTokenSource();
        scripted.Engine.BeforeRun = early.Cancel; // while the prompt is computed
        await Should.ThrowAsync<OperationCanceledException>(() => client.GetResponseAsync(Hello, Greedy, early.Token));
        scripted.Engine.BeforeRun = null;
        (await client.GetResponseAsync(Hello, Greedy)).Text.Length.ShouldBe(500);
    }

    [Fact]
    public async Task Cancelling_one_call_leaves_another_alone_and_one_given_up_half_way_gives_its_place_back()
    {
        using var scripted = new Scripted(ChatTemplates.Llama3).Says(new string('x', 300));
        var client = scripted.Model.AsIChatClient();
        using var stop = new CancellationTokenSource();
        var other = client.GetResponseAsync("another question", Greedy);
        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in client.GetStreamingResponseAsync(Hello, Greedy, stop.Token)) stop.Cancel(); // whatever has been computed by then
        });
        (await other).Text.Length.ShouldBe(300);
        for (var i = 0; i < 10; i++) // more often than there are places
        {
            await foreach (var update in client.GetStreamingResponseAsync(Hello, Greedy))
                if (update.Text.Length > 0) break;
        }
        (await client.GetResponseAsync(Hello, Greedy)).Text.Length.ShouldBe(300);
    }

    [Fact]
    public async Task It_can_be_wrapped_and_tells_what_it_is()
    {
        using var scripted = new Scripted(ChatTemplates.Llama3).Says("ok");
        using var client = new Shouting(scripted.Model.AsIChatClient());
        (await client.GetResponseAsync(Hello, Greedy)).Text.ShouldBe("OK");
        client.GetService<LlamaModel>().ShouldBe(scripted.Model);
        client.GetService<Tokenizer>().ShouldBe(scripted.Tokenizer);
        client.GetService<InferenceEngine>().ShouldBe(scripted.Engine);
        client.GetService<LlamaChatClient>().ShouldNotBeNull();
        client.GetService<IChatClient>().ShouldBe(client);
        client.GetService(typeof(LlamaModel), "key").ShouldBeNull();
        client.GetService<string>().ShouldBeNull();
        var metadata = client.GetService<ChatClientMetadata>().ShouldNotBeNull();
        (metadata.ProviderName, metadata.DefaultModelId).ShouldBe(("puna", "scripted"));
    }

    [Fact]
    public async Task A_client_disposed_leaves_the_model_and_a_model_disposed_says_so()
    {
        var scripted = new Scripted(ChatTemplates.Llama3).Says("ok");
        var client = scripted.Model.AsIChatClient();
        client.Dispose();
        (await client.GetResponseAsync(Hello, Greedy)).Text.ShouldBe("ok");
        scripted.Dispose();
        scripted.Dispose();
        await Should.ThrowAsync<ObjectDisposedException>(() => client.GetResponseAsync(Hello, Greedy));
    }

    private sealed class Shouting(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            var response = await base.GetResponseAsync(messages, options, cancellationToken);
            return new ChatResponse(new ChatMessage(ChatRole.Assistant, response.Text.ToUpperInvariant()));
        }
    }
}
