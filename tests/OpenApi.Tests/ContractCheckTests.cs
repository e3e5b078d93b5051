using System.Text;
using FineTune.Tests.Shared;

namespace FineTune.OpenApi.Tests;

/// <summary>Every rule finds what breaks it, on a document of the tests' own.</summary>
public sealed class ContractCheckTests
{
    private const string Document = """
        {
          "paths": {
            "/subscriptions/{subscriptionId}/lamps/{name}": {
              "put": {
                "operationId": "Lamps_Put", "x-ms-long-running-operation": true,
                "parameters": [
                  { "$ref": "../common-types/v3/types.json#/parameters/ApiVersionParameter" },
                  { "in": "path", "name": "name", "type": "string", "pattern": "^[a-z]+$" },
                  { "in": "query", "name": "count", "type": "integer" },
                  { "in": "body", "name": "body", "required": true, "schema": { "$ref": "#/definitions/LampResource" } }
                ],
                "responses": {
                  "200": { "schema": { "$ref": "#/definitions/LampResource" } },
                  "201": { "schema": { "$ref": "#/definitions/LampResource" }, "headers": { "Retry-After": { "type": "integer", "minimum": 10 } } },
                  "default": { "schema": { "$ref": "../common-types/v3/types.json#/definitions/ErrorResponse" } }
                }
              },
              "patch": {
                "operationId": "Lamps_Patch",
                "parameters": [{ "in": "query", "name": "api-version" }, { "in": "body", "name": "body", "schema": { "$ref": "#/definitions/LampResource" } }],
                "responses": { "204": {} }
              }
            }
          },
          "definitions": {
            "LampResource": {
              "type": "object", "required": ["properties"], "allOf": [{ "$ref": "../common-types/v3/types.json#/definitions/Resource" }],
              "properties": { "properties": { "$ref": "#/definitions/Lamp" } }
            },
            "Lamp": {
              "type": "object", "discriminator": "kind", "required": ["kind"],
              "properties": {
                "kind": { "type": "string" },
                "state": { "$ref": "#/definitions/State", "readOnly": true },
                "color": { "type": "string", "enum": ["Warm", "Cold"], "x-ms-enum": { "modelAsString": true } },
                "made": { "type": "string", "x-ms-mutability": ["create", "read"] },
                "secret": { "type": "string", "x-ms-mutability": ["create", "update"] },
                "note": { "type": "string", "x-nullable": true },
                "tags": { "type": "object", "additionalProperties": { "type": "string" } },
                "anything": { "type": "object" }
              }
            },
            "State": { "type": "string" },
            "DeskLamp": {
              "type": "object", "allOf": [{ "$ref": "#/definitions/Lamp" }], "x-ms-discriminator-value": "Desk", "additionalProperties": false,
              "properties": {
                "reach": { "type": "integer", "format": "int32" },
                "burning": { "type": "string", "format": "duration" },
                "bulbs": { "type": "array", "items": { "type": "object", "required": ["watts"], "properties": { "watts": { "type": "number" } } } }
              }
            }
          }
        }
        """;

    private readonly ContractCheck _check = new(OpenApiDocuments.Load("2024-04-01", [("lamps.json", Document)]));

    [Theory]
    [InlineData("""{"kind":"Desk"}""", null)]
    [InlineData("""{"kind":"Desk","reach":40,"burning":"PT1H","bulbs":[{"watts":4.5}],"color":"Warm","made":"2024","secret":"s","note":null,"tags":{"a":"b"},"anything":{"x":[1]}}""", null)]
    [InlineData("""{}""", "request $.properties.kind is required and missing")]
    [InlineData("""{"kind":"Wall"}""", "request $.properties.kind is 'Wall', which no subtype is called")]
    [InlineData("""{"kind":"Desk","colour":"Warm"}""", "request $.properties.colour is not in the document")]
    [InlineData("""{"kind":"Desk","color":"warm"}""", "request $.properties.color is 'warm', not one of Warm, Cold")]
    [InlineData("""{"kind":"Desk","color":null}""", "request $.properties.color is null")]
    [InlineData("""{"kind":"Desk","state":"On"}""", "request $.properties.state is not for this side to set")]
    [InlineData("""{"kind":"Desk","reach":"40"}""", "request $.properties.reach is String, not of type 'integer'")]
    [InlineData("""{"kind":"Desk","reach":0.5}""", "request $.properties.reach is Number, not of type 'integer'")]
    [InlineData("""{"kind":"Desk","reach":3000000000}""", "request $.properties.reach is 3000000000, out of range")]
    [InlineData("""{"kind":"Desk","burning":"60"}""", "request $.properties.burning is '60', which is no duration")]
    [InlineData("""{"kind":"Desk","bulbs":[{"volts":1,"watts":1}]}""", "request $.properties.bulbs[].volts is not in the document")]
    [InlineData("""{"kind":"Desk","bulbs":[{}]}""", "request $.properties.bulbs[].watts is required and missing")]
    [InlineData("""{"kind":"Desk","tags":{"a":1}}""", "request $.properties.tags.* is Number, not of type 'string'")]
    public void A_request_is_held_against_its_schema(string properties, string? problem)
    {
        _check.Check(Put($$"""{"properties":{{properties}}}""", """{"properties":{"kind":"Desk"}}"""));

        Assert.Equal(problem is null ? [] : [$"Lamps_Put: {problem}"], _check.Violations.Keys);
        Assert.Equal(1, _check.Checked);
        Assert.Equal(["Lamps_Put"], _check.Operations.Keys);
    }

    [Theory]
    [InlineData("""{"id":"/x","properties":{"kind":"Desk","state":"On","color":null}}""", null)]
    [InlineData("""{"properties":{"kind":"Desk","secret":"s"}}""", "response $.properties.secret is only for requests")]
    [InlineData("""{"properties":null}""", "response $.properties is null")]
    [InlineData("""{"properties":{"kind":"Desk"},"systemData":{"createdAt":"yesterday"}}""", "response $.systemData.createdAt is 'yesterday', which is no date-time")]
    [InlineData("", "response body of 200 is missing")]
    public void An_answer_is_held_against_its_schema(string body, string? problem)
    {
        _check.Check(Put("""{"properties":{"kind":"Desk"}}""", body));

        Assert.Equal(problem is null ? [] : [$"Lamps_Put: {problem}"], _check.Violations.Keys);
    }

    [Fact]
    public void A_refused_request_is_not_held_against_it_but_its_refusal_is()
    {
        _check.Check(Put("""{"nonsense":1}""", """{"error":{"code":"BadRequest","message":"No."}}""") with { Status = 400 });
        Assert.Empty(_check.Violations);

        _check.Check(Put("""{"nonsense":1}""", """{"message":"No."}""") with { Status = 400 });
        Assert.Equal(["Lamps_Put: response $.error is required and missing", "Lamps_Put: response $.message is not in the document"], _check.Violations.Keys.Order(StringComparer.Ordinal));
        Assert.Empty(_check.Operations);
    }

    [Fact]
    public void A_request_that_is_wrong_on_purpose_is_not_held_against_it_but_its_answer_is()
    {
        _check.Check(Put("""{"nonsense":1}""", """{"properties":{}}""") with { IsWrongOnPurpose = true });

        Assert.Equal(["Lamps_Put: response $.properties.kind is required and missing"], _check.Violations.Keys);
    }

    [Fact]
    public void What_may_only_be_set_at_creation_is_not_for_a_change()
    {
        _check.Check(Put("""{"properties":{"kind":"Desk","made":"2024"}}""", "") with { Method = "PATCH", Status = 204 });

        Assert.Equal(["Lamps_Patch: request $.properties.made is not for this side to set"], _check.Violations.Keys);
    }

    [Fact]
    public void Names_queries_statuses_and_headers_are_checked()
    {
        Exchange good = Put("""{"properties":{"kind":"Desk"}}""", """{"properties":{"kind":"Desk"}}""");
        _check.Check(good with { Path = "/subscriptions/s/lamps/A1" });
        _check.Check(good with { Query = [.. good.Query, new("count", "many"), new("sort", "up")] });
        _check.Check(good with { Status = 202, ResponseBody = default });
        _check.Check(good with { Status = 201 });
        _check.Check(good with { Status = 201, ResponseHeaders = new Dictionary<string, string> { ["Location"] = "/x", ["Retry-After"] = "5" } });

        Assert.Equal(
            [
                "Lamps_Put: request path {name} is 'A1', which does not match ^[a-z]+$",
                "Lamps_Put: request query count is 'many', not of type 'integer'",
                "Lamps_Put: request query sort is not in the document",
                "Lamps_Put: response header Retry-After is 5, out of range",
                "Lamps_Put: response headers of 201 name no operation to ask about",
                "Lamps_Put: response status is 202, which the document does not declare",
            ],
            _check.Violations.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void An_address_of_no_document_must_not_succeed_unless_the_service_gave_it()
    {
        Exchange exchange = Put("", "") with { Method = "GET", Path = "/subscriptions/s/locations/l/mfeOperationsStatus/oe:1" };
        _check.Check(exchange);
        Assert.Equal((0, 1, 0), (_check.Checked, _check.Outside, _check.Violations.Count));

        _check.Check(exchange with { Path = "/subscriptions/s/lamp/x" });
        Assert.Single(_check.Violations);
    }

    [Fact]
    public void Other_versions_have_other_documents()
    {
        _check.Check(Put("{}", "{}") with { Query = [new("api-version", "2022-05-01")] });

        Assert.Equal((0, 1, 0), (_check.Checked, _check.Outside, _check.Violations.Count));
    }

    [OpenApiFact]
    public void The_documents_name_every_operation_of_the_contract()
    {
        OpenApiDocuments documents = OpenApiDocuments.Load(OpenApiDocuments.FindFolder()!);

        Assert.Equal([], ContractOperations.Ids.Except(documents.Operations.Select(operation => operation.Id)));
    }

    private static Exchange Put(string request, string response) => new(
        "PUT", "/subscriptions/s/lamps/desk", [new("api-version", "2024-04-01")], Encoding.UTF8.GetBytes(request), 200,
        new Dictionary<string, string>(), Encoding.UTF8.GetBytes(response));
}
