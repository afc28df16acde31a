using System.Text.Json;

namespace Puna.Inference.Tests;

/// <summary>Which JSON a schema's grammar takes, and which schemas are refused, with the place.</summary>
public sealed class JsonSchemaTests
{
    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}},"required":["b"]}""", """{"a":1,"b":"x"}~{ "b": "é\n" }~{"b":"\ud83d\ude00"}""", """{"a":1}~{"b":"x","a":1}~{"b":"x","c":1}~{"b":"x",}~{"b":"\ud800"}""")]
    [InlineData("""{"properties":{"a":{}},"additionalProperties":{"type":"null"}}""", """{}~{"a":[1,{"x":true}]}~{"b":null,"aa":null}~{"a":1,"":null}""", """{"b":1}~{"a":1,"a":null}~[]""")]
    [InlineData("""{"type":"array","items":{"enum":[1,"a",null]},"minItems":1,"maxItems":3}""", """[1]~["a",null,1]~[ 1 ]""", """[]~[1,1,1,1]~[2]""")]
    [InlineData("""{"type":"array","prefixItems":[{"type":"string"},{"type":"boolean"}],"items":false}""", """[]~["a"]~["a",true]""", """[true]~["a",true,1]""")]
    [InlineData("""{"type":"array","items":[{"type":"string"}],"additionalItems":{"type":"null"},"minItems":2}""", """["a",null]~["a",null,null]""", """["a"]~["a",1]""")]
    [InlineData("""{"$ref":"#/$defs/tree","$defs":{"tree":{"type":"object","properties":{"kids":{"type":"array","items":{"$ref":"#/$defs/tree"}}},"required":["kids"],"additionalProperties":false}}}""", """{"kids":[]}~{"kids":[{"kids":[]},{"kids":[{"kids":[]}]}]}""", """{}~{"kids":[{}]}""")]
    [InlineData("""{"allOf":[{"type":"object","properties":{"a":{"type":"number"}}},{"properties":{"a":{"minimum":3},"b":{"const":"z"}},"required":["b"]}]}""", """{"a":3,"b":"z"}~{"b":"z"}~{"a":3.5,"b":"z"}""", """{"a":2,"b":"z"}~{"a":3}""")]
    [InlineData("""{"anyOf":[{"type":"string","maxLength":2},{"type":"integer"}],"description":"x"}""", "\"ab\"~-17", "\"abc\"~1.5~true")]
    [InlineData("""{"type":["string","null"],"pattern":"^a"}""", "null~\"a\"~\"abc\\\"\"", "\"b\"~\"ba\"")]
    [InlineData("""{"type":"string","pattern":"b"}""", "\"b\"~\"abc\"", "\"a\"~\"\"")]
    [InlineData("""{"type":"string","pattern":"^[\"\\\\\n]{1,2}$","maxLength":2}""", "\"\\\"\"~\"\\\\\\n\"", "\"a\"~\"\\\"\\\"\\\"\"")]
    [InlineData("""{"type":"string","format":"date"}""", "\"2024-02-29\"~\"2000-02-29\"~\"1999-12-31\"", "\"2023-02-29\"~\"1900-02-29\"~\"2024-04-31\"~\"2024-13-01\"")]
    [InlineData("""{"type":"integer","minimum":-3,"maximum":120}""", "-3~0~7~99~120", "-4~121~1.0~-0~007")]
    [InlineData("""{"type":"integer","exclusiveMinimum":1.5,"exclusiveMaximum":1e1}""", "2~9", "1~10")]
    [InlineData("""{"type":"integer","multipleOf":7}""", "0~7~-7~14~98~700007~-35", "1~-1~00~07~15~-0~6~700008~7.0")]
    [InlineData("""{"type":"integer","multipleOf":0.4,"minimum":3,"exclusiveMaximum":12}""", "4~6~8~10", "2~3~5~12~4.0")]
    [InlineData("""{"type":"number","multipleOf":0.05,"maximum":10.12}""", "0.00~0.05~10.10~-0.05~-123.45~9.95", "0~0.5~0.01~10.15~-0.00~00.05~-0.01~10.12")]
    [InlineData("""{"type":"number","multipleOf":0.01,"exclusiveMinimum":0.99}""", "1.00~12345.67~1.01", "0.99~0.98~-1.00~1.001~1")]
    [InlineData("""{"type":"number","allOf":[{"multipleOf":4},{"multipleOf":6}],"minimum":-30,"maximum":30}""", "0~12~24~-12~-24", "4~6~36~-36~12.0")]
    [InlineData("""{"type":"array","items":{"$ref":"#/$defs/c"},"uniqueItems":true,"minItems":1,"$defs":{"c":{"enum":["a","b",1,"a"]}}}""", """["a"]~["b","a"]~["a",1,"b"]""", """[]~["a","a"]~["b",1,"b"]~["c"]""")]
    [InlineData("""{"items":{"enum":[1,2]},"uniqueItems":true,"maxItems":1}""", "[]~[2]", "[1,2]~[1,1]")]
    [InlineData("""{"type":"object","patternProperties":{"^[a-z]{1,3}$":{"type":"integer"}},"additionalProperties":false}""", """{}~{"a":1}~{"abc":1,"d":-2}""", """{"A":1}~{"abcd":1}~{"a":"x"}~{"":1}""")]
    [InlineData("""{"patternProperties":{"\\.\"$":true},"maxProperties":2,"additionalProperties":false,"required":["x.\""]}""", """{"x.\"":null}""", """{}~{"y.\"":1}""")]
    [InlineData("""{"type":"object","properties":{"x-a":{"minimum":2},"b":{"type":"null"}},"required":["x-c"],"patternProperties":{"^x-":{"type":"integer"},"c$":{"maximum":9}}}""", """{"x-a":2,"b":null,"x-c":9}~{"x-c":-1}""", """{"x-c":10}~{"x-a":1,"x-c":1}~{"x-a":2.5,"x-c":1}~{"x-c":1,"x-d":1}""")]
    [InlineData("""{"type":"object","propertyNames":{"type":"string"},"additionalProperties":{"type":"integer"}}""", """{}~{"a":1,"b":2}""", """{"a":"x"}""")]
    [InlineData("""{"const":{"a":[1,"\n"]}}""", """{"a":[1,"\n"]}""", """{"a":[1]}""")]
    [InlineData("""{"type":"integer","enum":[1,"a",2.5]}""", "1", "\"a\"~2.5")]
    [InlineData("""{"oneOf":[{"type":"object","properties":{"t":{"const":1}},"required":["t"]},{"type":"object","properties":{"t":{"const":2},"n":{"type":"null"}},"required":["t","n"]}]}""", """{"t":1}~{"t":2,"n":null}""", """{"t":2}~{"t":3}""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object","properties":{"b":false}},"c":false}}""", """{}~{"a":{}}""", """{"c":1}~{"a":{"b":1}}""")]
    [InlineData("true", """{"a":[1,-2.5e+10,"x",{},[],true,null]}~7""", "~[1,]~01~1.~.5~{a:1}")]
    [InlineData("""{"type":"object","required":["q"]}""", """{"q":1}~{"q":1,"z":{}}""", "{}")]
    [InlineData("""{"type":"object","properties":{"v":{"$ref":"#"}},"additionalProperties":false}""", """{}~{"v":{"v":{}}}""", """{"v":1}""")]
    public void A_schema_takes_these_texts_and_not_those(string schema, string accepted, string refused)
    {
        var grammar = OutputGrammar.FromJsonSchema(schema);
        foreach (var text in accepted.Split('~'))
        {
            grammar.Accepts(text).ShouldBeTrue(text);
            JsonDocument.Parse(text).Dispose();
        }
        foreach (var text in refused.Split('~')) grammar.Accepts(text).ShouldBeFalse(text);
    }

    [Theory]
    [InlineData("{\"type\":", "line 1, byte 9")]
    [InlineData("{\n\"type\": strin}", "line 2, byte 9")]
    [InlineData("{\"a\":1,\"a\":2}", "no JSON")]
    [InlineData("""{"const":"\ud800"}""", "byte 10: this string has half a surrogate pair")]
    [InlineData("""{"properties":{"\udc00":{}}}""", "half a surrogate pair")]
    [InlineData("[]", "at #: a schema is an object")]
    [InlineData("""{"properties":{"a":{"not":{}}}}""", "at #/properties/a/not: the keyword 'not' is not supported")]
    [InlineData("""{"type":"strin"}""", "at #/type: a type is object")]
    [InlineData("""{"properties":{"a/b":{"minLenght":3}}}""", "at #/properties/a~1b/minLenght")]
    [InlineData("""{"if":{},"then":{}}""", "at #/if")]
    [InlineData("""{"patternProperties":{"^a":{},"b$":{}}}""", "at #/patternProperties/b$: a name may match this pattern and the one at #/patternProperties/^a")]
    [InlineData("""{"patternProperties":{"(?=a)":{}}}""", "at #/patternProperties/(?=a): the pattern, line 1, column 1: looking ahead")]
    [InlineData("""{"allOf":[{"type":"object","patternProperties":{"^a":{}}},{"additionalProperties":false}]}""", "at #/allOf/0/patternProperties/^a: a pattern of names together with additionalProperties of another schema")]
    [InlineData("""{"type":"object","patternProperties":{"^a":{}},"maxProperties":1}""", "at #/maxProperties")]
    [InlineData("""{"patternProperties":[]}""", "at #/patternProperties: patternProperties is an object")]
    [InlineData("""{"oneOf":[{"type":"object","properties":{"a":{}},"patternProperties":{"^b":{}},"additionalProperties":false},{"type":"object","properties":{"b":{}},"required":["b"]}]}""", "at #/oneOf/1: a value might satisfy this branch")]
    [InlineData("""{"items":{"uniqueItems":true}}""", "at #/items/uniqueItems")]
    [InlineData("""{"uniqueItems":true,"items":{"enum":[1,2,3,4,5,6,7,8,9,10,11]}}""", "at #/uniqueItems: that items differ from each other is supported only where they come from an enum of at most 10 values")]
    [InlineData("""{"uniqueItems":true,"minItems":3,"items":{"enum":[1,2,2]}}""", "no value satisfies the schema")]
    [InlineData("""{"type":"number","multipleOf":0}""", "at #/multipleOf: multipleOf is a number above 0, not 0")]
    [InlineData("""{"type":"integer","multipleOf":100000}""", "at #/multipleOf: multiples of 100000 between these bounds take more than 10,000 states")]
    [InlineData("""{"type":"integer","multipleOf":10,"minimum":1,"maximum":9}""", "no value satisfies the schema")]
    [InlineData("""{"propertyNames":{"pattern":"^a"}}""", "at #/propertyNames")]
    [InlineData("""{"type":"string","format":"iri"}""", "at #/format: the format 'iri'")]
    [InlineData("""{"type":"string","pattern":"a(?=b)"}""", "at #/pattern, line 1, column 2: looking ahead")]
    [InlineData("""{"type":"string","pattern":"a+","maxLength":4}""", "at #/pattern: its strings have 1 to any number of characters")]
    [InlineData("""{"type":"string","pattern":"a","format":"date"}""", "at #/format: a string that satisfies this and #/pattern")]
    [InlineData("""{"$ref":"#/$defs/x"}""", "at #/$ref: there is nothing at '#/$defs/x'")]
    [InlineData("""{"$ref":"other.json"}""", "leads out of this schema")]
    [InlineData("""{"$ref":"#"}""", "at #: the references go in a circle")]
    [InlineData("""{"oneOf":[{"type":"integer"},{"type":"number"}]}""", "at #/oneOf/1: a value might satisfy this branch")]
    [InlineData("""{"anyOf":[]}""", "at #/anyOf: anyOf is a list")]
    [InlineData("""{"type":"array","minItems":-1}""", "at #/minItems: minItems is a whole number")]
    [InlineData("""{"type":"integer","minimum":"1"}""", "at #/minimum: minimum is a number")]
    [InlineData("""{"type":"object","minProperties":1}""", "at #/minProperties")]
    [InlineData("""{"type":"string","enum":["a"],"minLength":1}""", "at #/minLength: 'minLength' together with enum")]
    [InlineData("""{"type":"integer","minimum":5,"maximum":4}""", "no value satisfies the schema")]
    [InlineData("""{"type":"object","properties":{"n":{"$ref":"#"}},"required":["n"]}""", "no value satisfies the schema")]
    [InlineData("false", "no value satisfies the schema")]
    [InlineData("""{"allOf":[{"type":"string"},{"type":"null"}]}""", "no value satisfies the schema")]
    public void What_is_not_supported_is_refused_with_its_place(string schema, string words)
    {
        var message = Should.Throw<InvalidDataException>(() => OutputGrammar.FromJsonSchema(schema, "s.json")).Message;
        message.ShouldStartWith("s.json");
        message.ShouldContain(words);
    }

    [Fact]
    public void Hostile_schemas_end_in_bounded_work()
    {
        Should.Throw<InvalidDataException>(() => OutputGrammar.FromJsonSchema(new string('[', 100_000)));
        // each reference twice: two to the hundredth if it were written out
        var doubling = string.Join(',', Enumerable.Range(0, 100).Select(i => $"\"d{i}\":{{\"allOf\":[{{\"$ref\":\"#/$defs/d{i + 1}\"}},{{\"$ref\":\"#/$defs/d{i + 1}\"}}]}}"));
        OutputGrammar.FromJsonSchema($"{{\"$ref\":\"#/$defs/d0\",\"$defs\":{{{doubling},\"d100\":{{\"type\":\"null\"}}}}}}").Accepts("null").ShouldBeTrue();
        var branches = string.Join(',', Enumerable.Repeat("{\"anyOf\":[{\"minimum\":1},{\"minimum\":2},{\"minimum\":3},{\"minimum\":4}]}", 12));
        Should.Throw<InvalidDataException>(() => OutputGrammar.FromJsonSchema($"{{\"type\":\"integer\",\"allOf\":[{branches}]}}")).Message.ShouldContain("combinations of branches");
        var chain = string.Join(',', Enumerable.Range(0, 2000).Select(i => $"\"d{i}\":{{\"$ref\":\"#/$defs/d{i + 1}\"}}"));
        Should.Throw<InvalidDataException>(() => OutputGrammar.FromJsonSchema($"{{\"$ref\":\"#/$defs/d0\",\"$defs\":{{{chain},\"d2000\":{{}}}}}}")).Message.ShouldContain("256 references");
        var nested = string.Concat(Enumerable.Repeat("{\"items\":", 60)) + "{}" + new string('}', 60);
        OutputGrammar.FromJsonSchema(nested).Accepts("[[[]]]").ShouldBeTrue();
    }

    [Fact]
    public void Bounds_of_whole_numbers_are_exact()
    {
        var random = new Puna.Tensors.CounterRandom(2);
        for (var i = 0; i < 150; i++)
        {
            var low = random.Next(2400) - 1200;
            var high = low + (random.Next(3) == 0 ? random.Next(12) : random.Next(1500));
            var (hasLow, hasHigh) = (random.Next(4) > 0, random.Next(4) > 0);
            var grammar = OutputGrammar.FromJsonSchema($"{{\"type\":\"integer\"{(hasLow ? $",\"minimum\":{low}" : "")}{(hasHigh ? $",\"maximum\":{high}" : "")}}}");
            for (var value = -2500; value <= 2800; value += value > low - 15 && value < low + 15 || value > high - 15 && value < high + 15 || value > -1100 && value < -990 || value > -12 && value < 102 ? 1 : 7)
                grammar.Accepts($"{value}").ShouldBe((!hasLow || value >= low) && (!hasHigh || value <= high), $"{low} {high} {value}");
        }
    }

    [Fact]
    public void Multiples_between_bounds_are_exact()
    {
        var random = new Puna.Tensors.CounterRandom(5);
        for (var i = 0; i < 80; i++)
        {
            var (step, scale) = (1 + random.Next(60), random.Next(3));
            var unit = (decimal)Math.Pow(10, scale);
            var low = random.Next(2400) - 1200;
            var high = low + random.Next(1500);
            var (isLowOpen, isHighOpen, hasLow, hasHigh) = (random.Next(2) == 0, random.Next(2) == 0, random.Next(4) > 0, random.Next(4) > 0);
            var bounds = (hasLow ? $",\"{(isLowOpen ? "exclusiveMinimum" : "minimum")}\":{low / unit}" : "") + (hasHigh ? $",\"{(isHighOpen ? "exclusiveMaximum" : "maximum")}\":{high / unit}" : "");
            var valid = Enumerable.Range(-3000, 6001).Where(value => value % step == 0 && (!hasLow || value > low || (value == low && !isLowOpen)) && (!hasHigh || value < high || (value == high && !isHighOpen))).ToHashSet();
            if (valid.Count == 0) continue;
            var grammar = OutputGrammar.FromJsonSchema($"{{\"type\":\"number\",\"multipleOf\":{step / unit}{bounds}}}");
            var places = 0; // decimals that the step itself has
            while (step * (int)Math.Pow(10, places) % (int)unit != 0) places++;
            for (var value = -2600; value <= 2600; value += valid.Contains(value) || valid.Contains(value - 1) || valid.Contains(value + 1) ? 1 : 3)
            {
                var text = (value / unit).ToString("F" + places, System.Globalization.CultureInfo.InvariantCulture);
                if (decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture) == value / unit && value != 0) grammar.Accepts(text).ShouldBe(valid.Contains(value), $"{step / unit}{bounds}: {text}");
            }
        }
    }

    [Fact]
    public void Bounds_of_decimal_numbers_are_exact()
    {
        var random = new Puna.Tensors.CounterRandom(4);
        for (var i = 0; i < 200; i++)
        {
            var scale = (decimal)Math.Pow(10, random.Next(4));
            var low = (random.Next(4000) - 2000) / scale;
            var high = low + (random.Next(1500) / (random.Next(2) == 0 ? scale : 1000m));
            var (isLowOpen, isHighOpen, hasLow, hasHigh) = (random.Next(2) == 0, random.Next(2) == 0, random.Next(4) > 0, random.Next(4) > 0);
            var bounds = (hasLow ? $",\"{(isLowOpen ? "exclusiveMinimum" : "minimum")}\":{low}" : "") + (hasHigh ? $",\"{(isHighOpen ? "exclusiveMaximum" : "maximum")}\":{high}" : "");
            if (!hasLow && !hasHigh || (hasLow && hasHigh && low == high && (isLowOpen || isHighOpen))) continue;
            var grammar = OutputGrammar.FromJsonSchema($"{{\"type\":\"number\"{bounds}}}");
            for (var j = 0; j < 60; j++)
            {
                var near = (random.Next(3) switch { 0 => low, 1 => high, _ => Math.Truncate(low) }) + ((random.Next(41) - 20) / new[] { 1m, 10m, 100m, 1000m, 10000m }[random.Next(5)]);
                var value = decimal.Parse(near.ToString("0.#####"));
                if (value == 0) continue; // zero has two signs; below
                var expected = (!hasLow || value > low || (value == low && !isLowOpen)) && (!hasHigh || value < high || (value == high && !isHighOpen));
                foreach (var text in (string[])[value.ToString("0.#####"), value.ToString("0.0####"), value.ToString("0.00000000")])
                    grammar.Accepts(text).ShouldBe(expected, $"{bounds}: {text}");
            }
        }
        OutputGrammar.FromJsonSchema("""{"type":"number","minimum":0}""").Accepts("0").ShouldBeTrue();
        OutputGrammar.FromJsonSchema("""{"type":"number","maximum":0}""").Accepts("0.0").ShouldBeTrue();
        OutputGrammar.FromJsonSchema("""{"type":"number","exclusiveMinimum":0}""").Accepts("0.0").ShouldBeFalse();
    }
}
