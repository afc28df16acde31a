// A conversation on the console: answers stream, the history goes along, Ctrl-C stops an answer.
//   dotnet run --project samples/Chat -- MODEL
using Microsoft.Extensions.AI;
using Puna.Inference;

using var model = LlamaModel.Load(args[0]);
IChatClient client = model.AsIChatClient();

List<ChatMessage> messages = [new(ChatRole.System, "You answer in one sentence.")];
ChatOptions options = new() { Temperature = 0.7f, MaxOutputTokens = 100 };

while (Console.ReadLine() is { Length: > 0 } line)
{
    messages.Add(new ChatMessage(ChatRole.User, line));
    using var stop = new CancellationTokenSource();
    ConsoleCancelEventHandler onInterrupt = (_, interrupt) =>
    {
        interrupt.Cancel = true;
        stop.Cancel();
    };
    Console.CancelKeyPress += onInterrupt;
    List<ChatResponseUpdate> updates = [];
    try
    {
        await foreach (var update in client.GetStreamingResponseAsync(messages, options, stop.Token))
        {
            Console.Write(update.Text);
            updates.Add(update);
        }
    }
    catch (OperationCanceledException)
    {
        Console.Write(" (stopped)");
    }
    Console.CancelKeyPress -= onInterrupt;
    Console.WriteLine();
    messages.AddMessages(updates);

    var usage = updates.ToChatResponse().Usage;
    Console.Error.WriteLine($"({usage?.InputTokenCount} tokens in, {usage?.CachedInputTokenCount} of them not computed again, {usage?.OutputTokenCount} out)");
}
