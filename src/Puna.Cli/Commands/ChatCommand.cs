using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Talking;
using Puna.Cli.Terminal;
using Puna.Inference;

namespace Puna.Cli.Commands;

/// <summary><c>puna chat</c>: a conversation, line by line.</summary>
internal static class ChatCommand
{
    public static Command Create(Session session)
    {
        var model = new ModelOptions();
        var sampling = new SamplingArguments(defaultTokens: null);
        var grammars = new GrammarArguments();
        var system = new Option<string?>("--system") { Description = "A system message before the conversation", HelpName = "TEXT" };
        var template = CommonOptions.ChatTemplate();
        var context = CommonOptions.ContextLength("Positions of the conversation (default: the model's)");
        var verb = new Verb("chat", "Talk to a model",
            "puna chat                       # the newest run's model",
            "puna chat --model runs/NAME/model --temperature 0.5",
            "echo \"Who went to the well?\" | puna chat -m DIR --temperature 0")
        {
            Remarks = "Each line is a message; answers go to standard output. Without --model the newest run's model is taken. A base model without a chat template continues each line as text. When the conversation outgrows the context the oldest exchanges are forgotten, and that is said. In the chat /help lists the commands: /system, /undo, /regenerate, /history, /save, /load, /set, /stats and others; a line that ends with a backslash goes on in the next, and \"\"\" begins and ends a message of several lines; Ctrl-C stops an answer, and not the program.",
        };
        model.AddTo(verb);
        sampling.AddTo(verb);
        grammars.AddTo(verb);
        foreach (var option in (Option[])[template, system, context]) verb.Options.Add(option);
        return verb.Does(parsed =>
        {
            var grammar = grammars.Grammar(parsed);
            using var open = model.Open(parsed, session, orNewest: true);
            var chosen = open.ModelWith(parsed.GetValue(template));
            using var generator = new TextGenerator(chosen, open.Device, parsed.GetValue(context) ?? 0, open.Precision);
            if (parsed.GetValue(system) is not null && chosen.TemplateForChat() is null) throw new InvalidDataException("--system needs a model with a chat template, and this one has none");
            var chat = new ChatSession(generator, sampling.Sampling(parsed, open.Model.Generation), sampling.Limits(parsed) with { Grammar = grammar }, parsed.GetValue(system));
            session.Log(chat.HasTemplate
                ? $"chat template {chosen.ChatTemplate!.Name}, context {generator.Generator.ContextLength} tokens; {Conversation.Help}"
                : $"this is a base model without a chat template: it continues each line as text, and does not answer; context {generator.Generator.ContextLength} tokens; {Conversation.Help}");
            return Conversation.Run(session, chat, generator, Path.GetFileName(Path.TrimEndingDirectorySeparator(open.Path)));
        });
    }
}
