using System.Text.Json.Nodes;
using Puna.Tensors;

namespace Puna.Inference.Tests;

/// <summary>Schemas of chance that something satisfies, with every keyword that is supported.</summary>
internal sealed class RandomSchema(CounterRandom random)
{
    private static readonly string[] Names = ["a", "name", "na", "x y", "é\"\\", "tags", "0", ""];
    private static readonly string[] Patterns = ["^[a-z]+$", "^\\d{3}-\\d{4}$", "x[0-9]", "^(yes|no|\"quoted\")$", "^[^a-z]{2,4}", "\\\\n$", "^\\w+@\\w+\\.com$"];
    private static readonly string[] Formats = ["date", "time", "date-time", "uuid", "email", "ipv4", "ipv6", "hostname", "uri", "duration"];

    public JsonNode Next()
    {
        var schema = Schema(3);
        if (schema is JsonObject root) root["$defs"] = new JsonObject { ["node"] = Node() };
        return schema;
    }

    private JsonObject Node() => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject { ["value"] = Leaf(), ["next"] = new JsonObject { ["$ref"] = "#/$defs/node" }, ["children"] = new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["$ref"] = "#/$defs/node" }, ["maxItems"] = 2 } },
        ["required"] = new JsonArray("value"),
        ["additionalProperties"] = false,
    };

    private JsonNode Schema(int depth) => random.Next(depth == 0 ? 1 : 11) switch
    {
        0 or 1 or 2 => Leaf(),
        3 or 4 => Object(depth - 1),
        5 => Array(depth - 1),
        6 => new JsonObject { ["anyOf"] = new JsonArray(Schema(depth - 1), Schema(depth - 1), Leaf()) },
        7 => new JsonObject { ["$ref"] = "#/$defs/node", ["description"] = "a node" },
        8 => new JsonObject { ["oneOf"] = new JsonArray(Tagged("circle", depth - 1), Tagged("square", depth - 1), new JsonObject { ["type"] = "string" }) },
        9 => AllOf(depth - 1),
        _ => new JsonObject(),
    };

    private JsonObject Leaf()
    {
        var low = random.Next(400) - 200;
        switch (random.Next(12))
        {
            case 0:
                return new JsonObject { ["type"] = "string", ["minLength"] = random.Next(3), ["maxLength"] = 3 + random.Next(9) };
            case 1:
                return new JsonObject { ["type"] = "string", ["pattern"] = Patterns[random.Next(Patterns.Length)] };
            case 2:
                return new JsonObject { ["type"] = "string", ["format"] = Formats[random.Next(Formats.Length)] };
            case 3:
                return random.Next(2) == 0 ? new JsonObject { ["type"] = "integer", ["minimum"] = low, ["exclusiveMaximum"] = low + 1 + random.Next(300) } : new JsonObject { ["type"] = "integer", ["maximum"] = low };
            case 4:
                return new JsonObject { ["type"] = "number", [random.Next(2) == 0 ? "minimum" : "exclusiveMinimum"] = low / 8m, [random.Next(2) == 0 ? "maximum" : "exclusiveMaximum"] = (low / 8m) + ((1 + random.Next(100)) / 1000m) + random.Next(2) };
            case 5:
                return new JsonObject { ["enum"] = new JsonArray("red", 1, 2.5, null, true, new JsonObject { ["k"] = new JsonArray(1, "\n") }) };
            case 6:
                return new JsonObject { ["const"] = "é\"" };
            case 11:
                return new JsonObject { ["type"] = "object", ["patternProperties"] = new JsonObject { [Patterns[random.Next(Patterns.Length)]] = new JsonObject { ["type"] = "integer" } }, ["additionalProperties"] = false };
            case 9:
                return new JsonObject { ["type"] = random.Next(2) == 0 ? "integer" : "number", ["multipleOf"] = ((decimal[])[3, 0.01m, 25, 0.5m, 7.5m])[random.Next(5)], ["minimum"] = low, ["maximum"] = low + 200 };
            case 10:
                return new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["enum"] = new JsonArray("red", 1, null, "blue") }, ["uniqueItems"] = true, ["minItems"] = random.Next(4) };
            case 7:
                return new JsonObject { ["type"] = new JsonArray("string", "null", "integer", "boolean") };
            default:
                return new JsonObject { ["type"] = ((string[])["string", "integer", "number", "boolean", "null"])[random.Next(5)] };
        }
    }

    private JsonObject Object(int depth)
    {
        var (properties, required) = (new JsonObject(), new JsonArray());
        foreach (var name in Names)
        {
            if (random.Next(3) > 0) continue;
            properties[name] = Schema(depth);
            if (random.Next(2) == 0) required.Add(name);
        }
        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties, ["required"] = required };
        if (random.Next(3) is var others and < 2) schema["additionalProperties"] = others == 0 ? false : Leaf();
        return schema;
    }

    private JsonObject Tagged(string tag, int depth) => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject { ["kind"] = new JsonObject { ["const"] = tag }, ["size"] = Schema(depth) },
        ["required"] = new JsonArray("kind"),
    };

    private JsonObject Array(int depth)
    {
        var schema = new JsonObject { ["type"] = "array", ["minItems"] = random.Next(3) };
        if (random.Next(2) == 0) schema["maxItems"] = 2 + random.Next(3);
        if (random.Next(3) == 0) schema["prefixItems"] = new JsonArray(Schema(depth), Leaf());
        schema["items"] = Schema(depth);
        return schema;
    }

    private JsonObject AllOf(int depth) => random.Next(2) == 0
        ? new JsonObject { ["allOf"] = new JsonArray(new JsonObject { ["type"] = "integer", ["minimum"] = -5 }, new JsonObject { ["maximum"] = 70 }), ["type"] = "number" }
        : new JsonObject
        {
            ["allOf"] = new JsonArray(new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { ["a"] = new JsonObject { ["type"] = "integer" }, ["b"] = Schema(depth) } }, new JsonObject { ["required"] = new JsonArray("a"), ["properties"] = new JsonObject { ["a"] = new JsonObject { ["minimum"] = 10 } } }),
            ["additionalProperties"] = new JsonObject(),
        };
}
