namespace Puna.Text;

/// <summary>The built-in chat templates, and those of model folders.</summary>
public static class ChatTemplates
{
    private static readonly string[] InstTags = ["[INST]", "[/INST]"], LlamaTags = [.. InstTags, "<<SYS>>", "<</SYS>>"];
    private static readonly string[] Three = ["system", "user", "assistant"], Four = ["system", "user", "input", "assistant"];
    private static readonly string[] Llama3Symbols = ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"];

    /// <summary>Llama 3: each turn behind a header and closed by <c>&lt;|eot_id|&gt;</c>. Source: meta-llama/llama3, llama/tokenizer.py, class ChatFormat.</summary>
    public static JinjaChatTemplate Llama3 { get; } = BuiltIn("llama3", new ChatRules { Roles = [.. Three, "ipython"], Symbols = Llama3Symbols, End = "<|eot_id|>" });

    /// <summary>Llama 2 and Code Llama up to 34B: <c>[INST]</c> tags, begin and end symbol around each pair of turns. Source: meta-llama/llama, llama/generation.py,
    /// chat_completion.</summary>
    public static JinjaChatTemplate Llama2 { get; } = BuiltIn("llama2", new ChatRules { Roles = Three, Alternates = true, Tags = LlamaTags });

    /// <summary>All of them.</summary>
    public static IReadOnlyList<JinjaChatTemplate> All { get; } =
    [
        Llama3,
        Llama2,
        BuiltIn("llama3.1", new ChatRules { Roles = [.. Three, "tool", "ipython"], Symbols = Llama3Symbols, End = "<|eot_id|>" }),
        BuiltIn("codellama-70b", new ChatRules { Roles = Three, Alternates = true, Symbols = ["<step>"], End = "<step>" }),
        BuiltIn("chatml", new ChatRules { Roles = [.. Three, "tool"], Symbols = ["<|im_start|>", "<|im_end|>"], End = "<|im_end|>" }),
        BuiltIn("mistral", new ChatRules { Roles = Three, Alternates = true, Tags = InstTags }),
        BuiltIn("alpaca", new ChatRules { Roles = Four, Alternates = true, Tags = ["### Instruction:", "### Input:", "### Response:"] }),
        BuiltIn("qlora", new ChatRules { Roles = Four, Alternates = true, Tags = ["### Instruction:", "### Task:", "### Input:", "### Response:"] }),
    ];

    private static string Names => string.Join(", ", All.Select(template => template.Name)) + " and codellama, which is llama2";

    /// <summary>Finds a built-in template by <see cref="ChatTemplate.Name"/>.</summary>
    /// <param name="name">For example <c>llama3</c>.</param>
    /// <exception cref="InvalidDataException">There is none of this name; the sentence lists them.</exception>
    public static JinjaChatTemplate ByName(string name) => All.FirstOrDefault(template => template.Name == (name == "codellama" ? "llama2" : name))
        ?? throw new InvalidDataException($"Chat template '{name}' is not known; this build has {Names}.");

    /// <summary>A built-in template, or one in a file.</summary>
    /// <param name="nameOrFile">A name, or the path of a file in the language of Jinja.</param>
    /// <exception cref="InvalidDataException">There is neither, or the file's template is not well formed.</exception>
    public static JinjaChatTemplate ByNameOrFile(string nameOrFile)
    {
        if (File.Exists(nameOrFile)) return new JinjaChatTemplate(nameOrFile, TextFile.Read(nameOrFile));
        try
        {
            return ByName(nameOrFile);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException(error.Message.TrimEnd('.') + ", and there is no file of this name.", error);
        }
    }

    /// <summary>The template that a model folder names: the file chat_template.jinja, or <c>chat_template</c> in tokenizer_config.json.</summary>
    /// <param name="folder">The model folder.</param>
    /// <returns>The template, or null where the folder names none.</returns>
    /// <exception cref="InvalidDataException">The template is not well formed, or a file is damaged.</exception>
    public static ChatTemplate? FromFolder(string folder)
    {
        var (template, problem) = Find(folder);
        return problem is null ? template : throw new InvalidDataException(problem);
    }

    /// <summary>As <see cref="FromFolder"/>, for those who may do without: a template that this build cannot run is told, not thrown.</summary>
    /// <param name="folder">The model folder.</param>
    /// <returns>The template, or null; and where the folder has one that this build cannot run, a sentence about it.</returns>
    /// <exception cref="InvalidDataException">tokenizer_config.json is not JSON.</exception>
    public static (ChatTemplate? Template, string? Problem) Find(string folder)
    {
        var (found, problem) = ChatTemplateFiles.Read(folder);
        return found is null ? (null, problem) : Create(found);
    }

    /// <summary>The template of a text in the language that Hugging Face and GGUF files store.</summary>
    /// <param name="source">The text.</param>
    /// <param name="name">Where it stands, for the sentence.</param>
    /// <returns>The template; or, where it is one that this build cannot run, a sentence about it.</returns>
    public static (ChatTemplate? Template, string? Problem) FromSource(string source, string name) =>
        Create(new ChatTemplateFiles(name, source, new Dictionary<string, string>(), ChatTokens.OfTokenizer));

    private static (ChatTemplate? Template, string? Problem) Create(ChatTemplateFiles found)
    {
        try
        {
            // A template of this build is known by its text: then its rules hold too.
            if (found.Others.Count == 0 && All.FirstOrDefault(template => template.JinjaSource == found.Source.TrimEnd('\n')) is { } known) return (known.With(found.Tokens), null);
            return (new JinjaChatTemplate(found.Path, found.Source, found.Tokens, found.Others), null);
        }
        catch (InvalidDataException error)
        {
            return (null, error.Message.TrimEnd('.'));
        }
    }

    private static JinjaChatTemplate BuiltIn(string name, ChatRules rules) => new(name, string.Join('\n', EmbeddedText.Lines(name + ".jinja")), rules);
}
