// What the identity of an Event Grid system topic may do in the data account: put away events that nobody took, and, if
// it delivers to a queue, send to that queue. Nothing else in the account.

@description('Name of the data account.')
param storageAccountName string

@description('Container for events that nobody took.')
param deadLetterContainer string

@description('Queue that events are delivered to. Empty: none.')
param queue string = ''

@description('System-assigned identity of the topic. A user-assigned one can\'t pass the account\'s firewall.')
param principalId string

var blobDataContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')
var queueMessageSender = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a')

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageAccountName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource deadLetters 'containers' existing = {
      name: deadLetterContainer
    }
  }

  resource queues 'queueServices' existing = {
    name: 'default'

    resource events 'queues' existing = {
      name: empty(queue) ? 'none' : queue
    }
  }
}

resource deadLetterRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: storage::blobs::deadLetters
  name: guid(storage::blobs::deadLetters.id, principalId, blobDataContributor)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: blobDataContributor
  }
}

resource queueRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(queue)) {
  scope: storage::queues::events
  name: guid(storage::queues::events.id, principalId, queueMessageSender)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: queueMessageSender
  }
}
