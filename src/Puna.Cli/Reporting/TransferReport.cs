using Puna.Hub;

namespace Puna.Cli.Reporting;

/// <summary>What was pulled or pushed, as one JSON object.</summary>
internal static class TransferReport
{
    public static void WriteJson(TextWriter output, ModelName name, PullResult result) => JsonOutput.WriteObject(output, json =>
    {
        json.WriteString("kind", "model");
        json.WriteString("name", name.ToString());
        json.WriteString("path", result.Folder);
        json.WriteString("commit", result.Commit);
        json.WriteString("licence", result.Licence?.Id);
        json.WriteString("licence_name", result.Licence?.Name);
        json.WriteString("licence_link", result.Licence?.Link);
        json.WriteNumber("left_out", result.LeftOut);
        json.WriteStartArray("files");
        foreach (var file in result.Files)
        {
            json.WriteStartObject();
            json.WriteString("path", file.Path);
            json.WriteNumber("bytes", file.Bytes);
            json.WriteString("checksum", file.Checksum);
            json.WriteBoolean("was_there", file.WasThere);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    public static void WriteJson(TextWriter output, PublicDataset dataset, string path) => JsonOutput.WriteObject(output, json =>
    {
        json.WriteString("kind", "dataset");
        json.WriteString("name", dataset.Name);
        json.WriteString("path", path);
        json.WriteString("url", dataset.Address.AbsoluteUri);
        json.WriteNumber("bytes", dataset.Bytes);
        json.WriteString("checksum", $"sha256 {dataset.Sha256}");
        json.WriteString("licence", dataset.Licence);
    });

    public static void WriteJson(TextWriter output, ModelName name, PushResult result) => JsonOutput.WriteObject(output, json =>
    {
        json.WriteString("name", name.ToString());
        json.WriteString("url", result.Address.AbsoluteUri);
        json.WriteString("commit", result.Commit);
        json.WriteString("card", result.Card);
        json.WriteNumber("unchanged", result.Unchanged);
        json.WriteNumber("uploaded_bytes", result.UploadedBytes);
        json.WriteStartArray("files");
        foreach (var file in result.Files) json.WriteStringValue(file);
        json.WriteEndArray();
    });
}
