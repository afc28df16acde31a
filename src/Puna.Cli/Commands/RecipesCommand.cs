using System.CommandLine;
using Puna.Cli.Options;
using Puna.Cli.Reporting;
using Puna.Cli.Terminal;
using Puna.Experiments.Recipes;

namespace Puna.Cli.Commands;

/// <summary><c>puna recipes</c>: the recipes that come with the program.</summary>
internal static class RecipesCommand
{
    public static Command Create(Session session)
    {
        var name = new Argument<string?>("NAME") { Description = "A built-in recipe to print as YAML", Arity = ArgumentArity.ZeroOrOne };
        var keys = new Option<bool>("--keys") { Description = "List every key that a recipe may hold, in Markdown" };
        var json = CommonOptions.Json("Print an array of objects: name and description");
        var verb = new Verb("recipes", "List the built-in recipes, print one, or list all keys",
            "puna recipes",
            "puna recipes student-shakespeare > my-recipe.yaml",
            "puna recipes --keys");
        verb.Arguments.Add(name);
        verb.Options.Add(keys);
        verb.Options.Add(json);
        return verb.Does(parsed =>
        {
            if (parsed.GetValue(keys)) session.Output.Write(RecipeKeys.ToMarkdown());
            else if (parsed.GetValue(name) is { } recipe) session.Output.Write(RecipeCatalog.Text(recipe) ?? throw Unknown(recipe));
            else if (parsed.GetValue(json)) WriteJson(session.Output);
            else foreach (var (known, description) in RecipeCatalog.All()) session.Output.WriteLine($"{known,-24}{description}");
            return ExitCodes.Done;
        });
    }

    private static InvalidDataException Unknown(string recipe) =>
        new($"there is no built-in recipe '{recipe}'; the nearest is {NearestKey.Of(recipe, RecipeCatalog.Names)}, and there are {string.Join(", ", RecipeCatalog.Names)}");

    private static void WriteJson(TextWriter output) => JsonOutput.WriteLine(output, json =>
    {
        json.WriteStartArray();
        foreach (var (name, description) in RecipeCatalog.All())
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("description", description);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}
