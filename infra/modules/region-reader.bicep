// What GPUs a VM size has is asked of the region, above any workspace, where no built-in role fits: Reader could read
// the whole subscription. This one reads what Azure Machine Learning offers in a region (VM sizes, usage, quota), no more.
targetScope = 'subscription'

@description('Part of the role\'s name, which must be unique in the tenant.')
param token string

@description('The app\'s identity.')
param principalId string

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, token, 'region-reader')
  properties: {
    roleName: 'FineTuneFunctions region reader ${token}'
    description: 'Reads VM sizes, usage and quota of Azure Machine Learning in any region of the subscription.'
    type: 'customRole'
    permissions: [
      {
        actions: ['Microsoft.MachineLearningServices/locations/*/read']
        notActions: []
      }
    ]
    assignableScopes: [subscription().id]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, principalId, role.id)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: role.id
  }
}

@description('Resource id of the role, for its removal.')
output roleId string = role.id
