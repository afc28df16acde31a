namespace Puna.Hub.Tests;

public sealed class CardTests
{
    [Fact]
    public void A_card_says_base_data_arguments_and_scores()
    {
        var card = new ModelCard("me/model")
        {
            About = "A Llama of 853,000 parameters.",
            Licence = "apache-2.0",
            Base = "meta-llama/Llama-3.2-1B",
            Data = ["tinyshakespeare.txt", "roneneldan/TinyStories"],
            Arguments = "training:\n  steps: 100\n",
            Scores = [("val_loss", 1.4567891), ("val_accuracy", 0.5)],
            Tags = ["llama"],
        }.Write();
        card.ShouldStartWith("---\nlicense: \"apache-2.0\"\nbase_model: \"meta-llama/Llama-3.2-1B\"\ndatasets:\n- \"roneneldan/TinyStories\"\nlibrary_name: puna\npipeline_tag: text-generation\ntags:\n- \"puna\"\n- \"llama\"\n---\n");
        card.ShouldContain(ModelCard.Mark);
        card.ShouldContain("## Data\n\n- `tinyshakespeare.txt`\n- `roneneldan/TinyStories`\n");
        card.ShouldContain("````yaml\ntraining:\n  steps: 100\n````");
        card.ShouldContain("| val_loss | 1.45679 |\n| val_accuracy | 0.5 |");
    }

    [Fact]
    public void What_is_not_known_is_not_made_up()
    {
        var card = new ModelCard("me/model").Write();
        card.ShouldNotContain("license:");
        card.ShouldNotContain("base_model:");
        card.ShouldNotContain("datasets:");
        foreach (var words in (string[])["random weights", "Not stated.", "Not recorded."]) card.ShouldContain(words);
    }

    [Fact]
    public void Names_cannot_break_out_of_their_place()
    {
        var card = new ModelCard("me/model") { Licence = "a\"\nevil: true", Data = ["`x` | y\n# Title"], Arguments = "a: 1\n````\n# Title" }.Write();
        card.Split('\n').ShouldNotContain("evil: true");
        card.Split('\n').Count(line => line.StartsWith("````", StringComparison.Ordinal)).ShouldBe(2);
        card.ShouldContain("- `'x' / y\uFFFD# Title`");
        Should.Throw<InvalidDataException>(() => ModelCard.RequireLicence("MIT License")).Message.ShouldContain("apache-2.0");
        ModelCard.RequireLicence("cc-by-4.0").ShouldBe("cc-by-4.0");
    }
}
