using System.Runtime.CompilerServices;

namespace Puna.Text.Jinja;

/// <summary>The state of one rendering: names, output, the place in the template, and what is left of the budget.</summary>
internal sealed class Machine
{
    private const int StepsBetweenChecks = 4096;
    private readonly SourceText _source;
    private readonly CancellationToken _cancellation;
    private readonly long _budget, _characters;
    private readonly int _depthLimit;
    private long _steps, _nextCheck;
    private int _depth, _position;

    public Machine(SourceText source, JinjaOptions options, long givenCharacters, CancellationToken cancellation)
    {
        (_source, Options, _cancellation) = (source, options, cancellation);
        var given = givenCharacters + source.Text.Length;
        _budget = options.Limits.Steps + given * options.Limits.StepsPerCharacter;
        _characters = Math.Min(options.Limits.Characters + given * options.Limits.CharactersPerCharacter, 1 << 30);
        _depthLimit = options.Limits.Depth;
        Output = new TextBuilder(this);
        Scope = new Scope(Functions.Globals);
    }

    public JinjaOptions Options { get; }

    public Scope Scope { get; set; }

    public TextBuilder Output { get; set; }

    public Value Evaluate(Expression expression)
    {
        var position = Enter(expression);
        var value = expression.Evaluate(this);
        Leave(position);
        return value;
    }

    public Flow Execute(Statement statement)
    {
        var position = Enter(statement);
        var flow = statement.Execute(this);
        Leave(position);
        return flow;
    }

    public Flow Execute(IReadOnlyList<Statement> body)
    {
        foreach (var statement in body)
            if (Execute(statement) is var flow and not Flow.Next) return flow;
        return Flow.Next;
    }

    /// <summary>What a block writes.</summary>
    public TextValue Capture(IReadOnlyList<Statement> body, out Flow flow, bool ownScope = true)
    {
        var (output, scope) = (Output, Scope);
        Output = new TextBuilder(this);
        if (ownScope) Scope = new Scope(scope);
        flow = Execute(body);
        var text = Output.ToValue();
        (Output, Scope) = (output, scope);
        return text;
    }

    public Value Call(Value target, CallArguments arguments) => target switch
    {
        CallableValue callable => callable.Call(this, arguments),
        UndefinedValue undefined => throw Error(undefined.Problem),
        _ => throw Error($"'{target.TypeName}' object is not callable"),
    };

    /// <summary>Runs what calls itself for the parts of a value.</summary>
    public T Nested<T>(Func<T> part)
    {
        Descend();
        var result = part();
        _depth--;
        return result;
    }

    /// <summary>The elements of a value.</summary>
    /// <exception cref="InvalidDataException">It has none to give.</exception>
    public List<Value> Iterate(Value value)
    {
        switch (value)
        {
            case SequenceValue { Kind: SequenceKind.Generator } generator:
                if (generator.IsSpent) return [];
                generator.IsSpent = true;
                return generator.Items;
            case SequenceValue sequence:
                ChargeItems(sequence.Items.Count);
                return [.. sequence.Items];
            case DictValue dict:
                ChargeItems(dict.Entries.Count);
                return [.. dict.Entries.Keys];
            case TextValue text:
                ChargeItems(text.Length);
                return [.. Enumerable.Range(0, text.Length).Select(i => Slicing.Character(this, text, i))];
            case UndefinedValue:
                return [];
            default:
                throw Error($"'{value.TypeName}' object is not iterable");
        }
    }

    /// <summary>A value as it prints.</summary>
    public TextValue Text(Value value) => value as TextValue ?? Printing.Text(this, value);

    /// <summary>A value as a key of a mapping.</summary>
    /// <exception cref="InvalidDataException">It cannot be one.</exception>
    public Value Key(Value value)
    {
        Charge(1 + (value is TextValue text ? text.Text.Length / 16 : 0));
        if (value is SequenceValue { IsTuple: true } tuple)
            foreach (var item in tuple.Items) Nested(() => Key(item));
        else if (value is SequenceValue or DictValue) throw Error($"a {value.TypeName} cannot be a key");
        return value;
    }

    /// <summary>A name that a value gave, to be looked up in a table: that goes through all of its letters.</summary>
    public string Looked(string name)
    {
        Charge(name.Length / 16);
        return name;
    }

    /// <summary>Takes steps from the budget.</summary>
    /// <exception cref="InvalidDataException">It is spent.</exception>
    /// <exception cref="OperationCanceledException">The rendering was cancelled.</exception>
    public void Charge(long steps)
    {
        _steps += steps;
        if (_steps > _budget) throw Error($"the template was stopped here, after {_budget} steps: it does not end, or works on far more than was given to it");
        if (_steps < _nextCheck) return;
        _nextCheck = _steps + StepsBetweenChecks;
        _cancellation.ThrowIfCancellationRequested();
    }

    public void ChargeItems(long items) => Charge(4 * items);

    /// <summary>Pays for characters that are added to a text of some length.</summary>
    public void ChargeText(long characters, long before = 0)
    {
        if (characters + before > _characters) throw Error($"the template writes a text of more than {_characters} characters here, which is more than a chat template may");
        Charge(characters / 4 + 1);
    }

    public InvalidDataException Error(string message) => _source.Error(_position, message);

    /// <summary>Text of a template or message for an error: not too long.</summary>
    public static string Shown(string text) => text.Length > 200 ? text[..200] + "…" : text;

    private int Enter(Node node)
    {
        var before = _position;
        _position = node.Position;
        Charge(1);
        Descend();
        return before;
    }

    private void Leave(int position)
    {
        _depth--;
        _position = position;
    }

    private void Descend()
    {
        if (_depth >= _depthLimit || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw Error($"the template goes more than {_depthLimit} levels deep here; a macro that calls itself without end, perhaps, or data inside data");
        _depth++;
    }
}
