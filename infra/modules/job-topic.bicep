// The Event Grid system topic of the workspace: the one that exists, or a new one. Runs in the workspace's resource
// group, as Event Grid itself would make it, and in the workspace's region, as it must.

@description('Name of the existing topic. Empty: a new one.')
param existingName string

@description('Name of the new topic.')
param newName string

@description('Region of the workspace.')
param location string

@description('Tags of the new topic.')
param tags object

@description('Resource id of the workspace.')
param workspaceId string

resource existingTopic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = if (!empty(existingName)) {
  name: empty(existingName) ? 'none' : existingName
}

module newTopic 'br/public:avm/res/event-grid/system-topic:0.7.0' = if (empty(existingName)) {
  params: {
    name: newName
    location: location
    tags: tags
    source: workspaceId
    topicType: 'Microsoft.MachineLearningServices.Workspaces'
    managedIdentities: {
      systemAssigned: true
    }
  }
}

@description('Name of the topic.')
output name string = empty(existingName) ? newTopic!.outputs.name : existingName

@description('System-assigned identity of the topic.')
output principalId string = !empty(existingName) ? existingTopic!.identity.principalId : (newTopic.?outputs.?systemAssignedMIPrincipalId ?? '')
