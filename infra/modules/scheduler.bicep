// The Durable Task Scheduler and its task hub: where runs are kept. No Azure Verified Module has it yet.

@description('Name of the scheduler.')
param name string

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@allowed(['Consumption', 'Dedicated'])
@description('How it is paid.')
param sku string

@minValue(1)
@maxValue(3)
@description('Capacity units, for Dedicated.')
param capacity int

@description('Name of the task hub.')
param taskHubName string

@minValue(1)
@maxValue(90)
@description('Days for which the history of an ended orchestration is kept. Running ones are never touched.')
param retentionDays int

@description('The app\'s identity.')
param appPrincipalId string

@description('Who may use the scheduler\'s dashboard. Empty: nobody.')
param deployerPrincipalId string

var dataContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '0ad04412-c4d5-4796-b79c-f76d14c8d402')

resource scheduler 'Microsoft.DurableTask/schedulers@2025-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    // An empty list would let nobody in. Callers are told apart by identity and role, not by address.
    ipAllowlist: ['0.0.0.0/0']
    sku: sku == 'Dedicated'
      ? {
          name: sku
          capacity: capacity
        }
      : {
          name: sku
        }
  }
}

resource hub 'Microsoft.DurableTask/schedulers/taskHubs@2025-11-01' = {
  parent: scheduler
  name: taskHubName
}

resource retention 'Microsoft.DurableTask/schedulers/retentionPolicies@2025-11-01' = {
  parent: scheduler
  name: 'default'
  properties: {
    retentionPolicies: [
      { retentionPeriodInDays: retentionDays }
    ]
  }
}

// The app works on runs and starts, reads and signals them; the narrower role Durable Task Worker only works.
resource appRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: hub
  name: guid(hub.id, appPrincipalId, dataContributor)
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: dataContributor
  }
}

resource deployerRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerPrincipalId)) {
  scope: hub
  name: guid(hub.id, deployerPrincipalId, dataContributor)
  properties: {
    principalId: deployerPrincipalId
    roleDefinitionId: dataContributor
  }
}

@description('Address that the app connects to.')
output endpoint string = scheduler.properties.endpoint
