using Puna.Models;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Cli.Tests;

/// <summary>A text, a recipe and models small enough to train while you wait; made once for all tests.</summary>
internal static class Tiny
{
    private static readonly Lazy<Scratch> Home = new(() =>
    {
        var home = new Scratch();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => home.Dispose();
        home.Write("text.txt", MakeText(6000));
        home.Write("tiny.yaml", """
            description: for tests
            model: { hidden_size: 32, intermediate_size: 64, num_hidden_layers: 2, num_attention_heads: 4 }
            tokenizer: { type: bpe, vocab_size: 60 }
            data: { sequence_length: 32 }
            training: { steps: 40, batch_size: 8, checkpoint_every: 10, eval_every: 20 }
            optimizer: { learning_rate: 5e-3 }
            schedule: { warmup_steps: 5 }
            """);
        return home;
    });

    private static readonly Lazy<string> Trained = new(() =>
    {
        CommandLine.Done("pretrain", Recipe, "--data", Text, "--output", Home.Value["run"], "--threads", "2");
        return Home.Value["run"];
    });

    private static readonly Lazy<string> Chatting = new(() => MakeChat("chat", ChatTemplates.Llama3, 96));
    private static readonly Lazy<string> Calling = new(() => MakeChat("calls", ChatTemplates.ByName("llama3.1"), 2048));

    /// <summary>A file of some 6,000 characters.</summary>
    public static string Text => Home.Value["text.txt"];

    /// <summary>A recipe of 40 steps.</summary>
    public static string Recipe => Home.Value["tiny.yaml"];

    /// <summary>The folder of a finished run.</summary>
    public static string Run => Trained.Value;

    /// <summary>A trained base model.</summary>
    public static string Model => Path.Combine(Trained.Value, "model");

    /// <summary>A model of chance weights with a chat template, 96 positions and a token a character.</summary>
    public static string ChatModel => Chatting.Value;

    /// <summary>The same with 2,048 positions and a template that writes tools.</summary>
    public static string ToolModel => Calling.Value;

    /// <summary>Sentences of a small world, always the same.</summary>
    public static string MakeText(int characters)
    {
        string[] who = ["the cat", "a dog", "old Ann", "the baker", "my friend"], does = ["sees", "likes", "follows", "paints", "hears"], what = ["the moon", "a river", "some bread", "the hill", "a song"];
        var random = new CounterRandom(7, 1);
        var text = new System.Text.StringBuilder();
        while (text.Length < characters) text.Append(Pick(who)).Append(' ').Append(Pick(does)).Append(' ').Append(Pick(what)).Append(".\n");
        return text.ToString();

        string Pick(string[] words) => words[random.Next(words.Length)];
    }

    private static string MakeChat(string name, JinjaChatTemplate template, int context)
    {
        var tokenizer = CharacterTokenizerTrainer.Train(File.ReadAllText(Text), new CharacterTrainerOptions { ControlSymbols = [.. template.RequiredSymbols] });
        var network = new Transformer(LlamaConfig.Create(32, 64, 2, 4, 2, tokenizer.VocabularySize, context) with { BosTokenId = tokenizer.BosId, EosTokenIds = [tokenizer.EosId!.Value] });
        network.Initialize(1);
        ModelFolder.Save(Home.Value[name], new LanguageModel(network, tokenizer, template));
        return Home.Value[name];
    }
}
