using FineTune.OpenApi;

namespace FineTune.Tests.Shared;

/// <summary>A fact about Azure ML's OpenAPI documents; skipped where they are not at hand, as they are no part of this repository.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OpenApiFactAttribute : FactAttribute
{
    public OpenApiFactAttribute()
    {
        if (OpenApiDocuments.FindFolder() is null)
        {
            Skip = "Azure ML's OpenAPI documents are not here: put them at shared/azureml/openapi/2024-04-01 beside the repository.";
        }
    }
}
