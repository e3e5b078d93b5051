// The app's rights on the workspace, new or existing. Runs in the workspace's resource group.

@description('Name of the workspace.')
param workspaceName string

@description('Storage account of an identity-based default datastore. Empty: the datastore is opened with its own secret.')
param storageAccountName string

@description('The app\'s identity.')
param principalId string

@description('Whether the app may create clusters.')
param allowComputeCreation bool

// Jobs, models, endpoints, datastores and their secrets, metrics: everything but computes and the workspace itself.
var dataScientist = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'f6c7c914-8db3-469d-8ca1-694a8f32e121')
var computeOperator = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'e503ece1-11d0-4e8e-8e2c-7a6c3bf38815')
var blobDataContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')

resource workspace 'Microsoft.MachineLearningServices/workspaces@2024-04-01' existing = {
  name: workspaceName
}

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = if (!empty(storageAccountName)) {
  name: empty(storageAccountName) ? 'none' : storageAccountName
}

resource scientistRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: workspace
  name: guid(workspace.id, principalId, dataScientist)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: dataScientist
  }
}

resource computeRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (allowComputeCreation) {
  scope: workspace
  name: guid(workspace.id, principalId, computeOperator)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: computeOperator
  }
}

resource datastoreRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(storageAccountName)) {
  scope: storage
  name: guid(storage.id, principalId, blobDataContributor)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: blobDataContributor
  }
}

@description('Name of the workspace.')
output workspaceName string = workspace.name

@description('Resource id of the workspace.')
output workspaceId string = workspace.id

@description('Region of the workspace.')
output location string = workspace.location
