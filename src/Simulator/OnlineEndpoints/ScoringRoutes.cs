using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using FineTune.Simulator.Http;
using FineTune.Simulator.Jobs;
using FineTune.Simulator.State;
using FineTune.Simulator.Training;

namespace FineTune.Simulator.OnlineEndpoints;

/// <summary>Scoring: authentication, traffic rules, and the trained model's own answers.</summary>
internal sealed class ScoringRoutes(ResourceStore store, ServedModels models)
{
    private const string DeploymentHeader = "azureml-model-deployment";

    private readonly ConcurrentDictionary<string, int> _pending = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, int> _turns = new(StringComparer.OrdinalIgnoreCase);

    public void Map(ServiceRoutes routes)
    {
        routes.OtherAsync(ServicePlane.Scoring, "POST", "/endpoints/{endpoint}/score", Score);
        routes.Other(ServicePlane.Scoring, "GET", "/endpoints/{endpoint}/swagger.json", Swagger);
    }

    private ValueTask<ServiceResponse> Score(ServiceRequest request)
    {
        DeploymentRecord deployment;
        lock (store.Gate)
        {
            deployment = Route(Open(request), request);
        }

        // The service queues as many requests as it works on, and refuses the rest.
        int limit = 2 * deployment.MaxConcurrentRequests * deployment.Instances;
        try
        {
            return _pending.AddOrUpdate(deployment.Key, 1, static (_, pending) => pending + 1) > limit
                ? throw new ServiceException(429, "TooManyRequests", "Too many pending requests.", retryAfterSeconds: 1)
                : ValueTask.FromResult(Answer(deployment, request));
        }
        finally
        {
            _pending.AddOrUpdate(deployment.Key, 0, static (_, pending) => pending - 1);
        }
    }

    private ServiceResponse Swagger(ServiceRequest request)
    {
        EndpointRecord endpoint = Open(request);
        return ServiceResponse.Ok(new JsonObject
        {
            ["openapi"] = "3.0.3",
            ["info"] = new JsonObject { ["title"] = endpoint.Name, ["version"] = "1.0" },
            ["paths"] = new JsonObject
            {
                ["/score"] = new JsonObject { ["post"] = new JsonObject { ["responses"] = new JsonObject { ["200"] = new JsonObject { ["description"] = "The answer." } } } },
            },
        });
    }

    private EndpointRecord Open(ServiceRequest request)
    {
        string name = request.Route("endpoint");
        if (EndpointRoutes.Find(store, name, request.Now) is not { } endpoint || endpoint.Provisioning.State(request.Now) == Provisioning.Creating)
        {
            throw ServiceException.NotFound($"There is no endpoint at '{name}'.");
        }

        const string scheme = "Bearer ";
        string authorization = request.Headers.Authorization.ToString();
        return authorization.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
            && EndpointKeys.Accepts(endpoint, authorization[scheme.Length..].Trim(), request.Now)
            ? endpoint
            : throw new ServiceException(401, "Unauthorized", "The key or token is missing, wrong or expired.");
    }

    /// <summary>The deployment that the header names, or one by the traffic rules: of each hundred requests every deployment gets its share.</summary>
    private DeploymentRecord Route(EndpointRecord endpoint, ServiceRequest request)
    {
        string? name = request.Headers[DeploymentHeader];
        if (string.IsNullOrEmpty(name))
        {
            if (endpoint.Traffic.Values.Sum() == 0)
            {
                throw ServiceException.NotFound("No deployment of this endpoint takes traffic.");
            }

            int turn = _turns.AddOrUpdate(endpoint.Name, 0, static (_, last) => (last + 1) % 100);
            int upTo = 0;
            foreach (KeyValuePair<string, int> share in endpoint.Traffic)
            {
                upTo += share.Value;
                if (turn < upTo)
                {
                    name = share.Key;
                    break;
                }
            }
        }

        DeploymentRecord? deployment = EndpointRoutes.Deployments(store, endpoint.Name, request.Now)
            .FirstOrDefault(candidate => candidate.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && !candidate.Provisioning.IsDeletion);
        return deployment?.Provisioning.State(request.Now) switch
        {
            null => throw ServiceException.NotFound($"The endpoint has no deployment '{name}'."),
            "Succeeded" or Provisioning.Updating => deployment,
            { } state => throw new ServiceException(503, "ServiceUnavailable", $"The deployment '{deployment.Name}' is {state}; it does not serve.", retryAfterSeconds: 10),
        };
    }

    private ServiceResponse Answer(DeploymentRecord deployment, ServiceRequest request)
    {
        JsonNode answer;
        try
        {
            answer = Generate(models.Load(deployment.JobName!), request.Body);
        }
        catch (Exception exception) when (exception is ServiceException or ArgumentException)
        {
            // What the container refuses, the front end reports as a failed dependency.
            return new ServiceResponse(424, new JsonObject { ["message"] = exception.Message })
                .With("ms-azureml-model-error-statuscode", "400")
                .With("ms-azureml-model-error-reason", "model_error")
                .With(DeploymentHeader, deployment.Name);
        }

        return ServiceResponse.Ok(answer).With(DeploymentHeader, deployment.Name);
    }

    /// <summary>
    /// One conversation (a list of messages) is answered with <c>{"output": …}</c>, a list of conversations with a list of texts.
    /// The same request gets the same answer.
    /// </summary>
    private static JsonNode Generate(LanguageModel model, JsonObject body)
    {
        JsonObject input = body.RequiredObject("input_data");
        JsonArray conversations = input["input_string"] as JsonArray ?? throw JsonReading.Missing(input, "input_string");
        GenerationParameters parameters = Parameters(input.Object("parameters") ?? body.Object("params") ?? []);
        if (conversations.Count == 0)
        {
            throw JsonReading.Wrong(conversations, "a list with at least one message");
        }

        if (conversations[0] is not JsonArray)
        {
            return new JsonObject { ["output"] = model.Generate(Messages(conversations), parameters) };
        }

        JsonArray answers = [];
        foreach (JsonNode? conversation in conversations)
        {
            answers.Add((JsonNode)model.Generate(Messages(conversation as JsonArray ?? throw JsonReading.Wrong(conversations, "a list of conversations")), parameters));
        }

        return answers;
    }

    private static ChatMessage[] Messages(JsonArray conversation) => [.. conversation.Select(message => message is JsonObject value
        ? new ChatMessage(value.RequiredText("role"), value.Text("content") ?? throw JsonReading.Missing(value, "content"))
        : throw JsonReading.Wrong(conversation, "a list of messages with role and content"))];

    private static GenerationParameters Parameters(JsonObject given) => new(
        given.Number("temperature") ?? 1,
        given.Number("top_p") ?? 1,
        given.Boolean("do_sample") ?? false,
        given.Integer("max_new_tokens") ?? 256,
        given.Integer("seed") ?? 42);
}
