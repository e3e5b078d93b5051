using FineTune.LocalHost.Commands;

return await FineTuneCommand.InvokeAsync(args, Console.Out, Console.Error);
