using System.Security.Claims;
using System.Text;
using FineTune.FunctionsApp.Security;
using Microsoft.AspNetCore.Http;

namespace FineTune.FunctionsApp.Tests.Security;

public sealed class CallersTests
{
    [Fact]
    public void A_key_is_named_by_its_function_and_has_its_role_alone()
    {
        ClaimsPrincipal caller = Callers.FromKey("ApproveRun", ApiRoles.Approve);

        Assert.Equal("key of ApproveRun", caller.Identity?.Name);
        Assert.Equal([ApiRoles.Approve], ApiRoles.All.Where(caller.IsInRole));
    }

    [Theory]
    [InlineData("roles")]
    [InlineData("http://schemas.microsoft.com/ws/2008/06/identity/claims/role")]
    public void A_person_who_signed_in_has_name_and_app_roles(string roleType)
    {
        ClaimsPrincipal caller = Callers.FromSignIn(Header(
            $$"""{"auth_typ":"aad","name_typ":"name","role_typ":"{{roleType}}","claims":[{"typ":"name","val":"Ada"},{"typ":"roles","val":"FineTune.Read"},{"typ":"{{roleType}}","val":"FineTune.Submit"}]}"""));

        Assert.True(caller.Identity?.IsAuthenticated);
        Assert.Equal("Ada", caller.Identity?.Name);
        Assert.Equal([ApiRoles.Read, ApiRoles.Submit], ApiRoles.All.Where(caller.IsInRole));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("not base64!")]
    [InlineData("bnVsbA==")]
    [InlineData("eyJjbGFpbXMiOg==")]
    public void Nobody_is_signed_in_without_a_header_that_can_be_read(string? header)
    {
        var headers = new HeaderDictionary();
        if (header is not null)
        {
            headers["X-MS-CLIENT-PRINCIPAL"] = header;
        }

        ClaimsPrincipal caller = Callers.FromSignIn(headers);

        Assert.Null(caller.Identity);
        Assert.DoesNotContain(ApiRoles.All, caller.IsInRole);
    }

    private static HeaderDictionary Header(string json) => new()
    {
        ["X-MS-CLIENT-PRINCIPAL"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(json)),
    };
}
