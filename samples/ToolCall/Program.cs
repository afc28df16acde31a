// A model that may call a function: the client hands the call out, this program makes it and sends the result back.
//   dotnet run --project samples/ToolCall -- MODEL "What is the weather in Rome?"
using System.ComponentModel;
using Microsoft.Extensions.AI;
using Puna.Inference;

using var model = LlamaModel.Load(args[0]);
IChatClient client = model.AsIChatClient();

var weather = AIFunctionFactory.Create(Weather);
List<ChatMessage> messages = [new(ChatRole.User, args.Length > 1 ? args[1] : "What is the weather in Rome?")];
ChatOptions options = new() { Tools = [weather], Temperature = 0, MaxOutputTokens = 60 };

for (var round = 0; round < 3; round++)
{
    var response = await client.GetResponseAsync(messages, options);
    messages.AddMessages(response);
    var calls = response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().ToArray();
    if (calls.Length == 0)
    {
        Console.WriteLine(response.Text);
        break;
    }
    foreach (var call in calls)
    {
        var result = await weather.InvokeAsync(new AIFunctionArguments(call.Arguments));
        Console.WriteLine($"{call.Name}({string.Join(", ", call.Arguments!.Select(argument => $"{argument.Key}: {argument.Value}"))}) = {result}");
        messages.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, result)]));
    }
}

[Description("Tells the weather of a city")]
static string Weather([Description("The city")] string city) => $"sunny in {city}, 24 degrees";
