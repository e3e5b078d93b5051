using FineTune.Benchmarks;

// dotnet run -c Release --project tests/Benchmarks -- datasets [--megabytes N] [--runs N] [--directory DIR] [--only jsonl|parquet|growth]
return args switch
{
    ["datasets", .. var options] => DatasetBenchmark.Run(options),
    ["measure", var name, var input, var output] => await Measurement.RunAsync(name, input, output),
    ["generate", var file, var megabytes] => Generate(file, megabytes),
    _ => Usage(),
};

static int Generate(string file, string megabytes)
{
    Conversations.Write(file, long.Parse(megabytes, System.Globalization.CultureInfo.InvariantCulture) * 1_000_000);
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine("Benchmarks datasets [--megabytes N] [--runs N] [--directory DIR] [--only jsonl|parquet|growth]");
    Console.Error.WriteLine("Benchmarks generate FILE MEGABYTES");
    return 1;
}
