// A new Azure Machine Learning workspace, with what one can't be made without. Its container registry is made by the
// service itself when the first image is built: until then it would only cost money.

@description('Part of every name.')
param token string

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Log Analytics workspace that its telemetry goes to.')
param logAnalyticsId string

// The workspace's own, because Azure Machine Learning and its endpoints write with the instrumentation key.
module insights 'br/public:avm/res/insights/component:0.8.0' = {
  params: {
    name: 'appi-ml-${token}'
    location: location
    tags: tags
    workspaceResourceId: logAnalyticsId
    disableLocalAuth: false
    disableIpMasking: false
  }
}

// Shared keys stay on: the default datastore signs with the account's key, and clusters that a run makes have no
// identity to read it with. For a workspace without keys make one of your own and name it as an existing one.
module storage 'br/public:avm/res/storage/storage-account:0.33.0' = {
  params: {
    name: 'stml${token}'
    location: location
    tags: tags
    skuName: 'Standard_LRS'
    allowSharedKeyAccess: true
    allowBlobPublicAccess: false
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: 'Allow'
    }
  }
}

module vault 'br/public:avm/res/key-vault/vault:0.14.0' = {
  params: {
    name: 'kv-${token}'
    location: location
    tags: tags
    sku: 'standard'
    // The workspace gives itself an access policy when it is made.
    enableRbacAuthorization: false
    enableVaultForDeployment: false
    enableVaultForDiskEncryption: false
    enableVaultForTemplateDeployment: false
    softDeleteRetentionInDays: 7
    // So that `azd down --purge` leaves nothing behind and the environment can be made again under its name.
    enablePurgeProtection: false
    publicNetworkAccess: 'Enabled'
  }
}

module workspace 'br/public:avm/res/machine-learning-services/workspace:0.14.0' = {
  params: {
    name: 'mlw-${token}'
    location: location
    tags: tags
    sku: 'Basic'
    kind: 'Default'
    managedIdentities: {
      systemAssigned: true
    }
    associatedApplicationInsightsResourceId: insights.outputs.resourceId
    associatedKeyVaultResourceId: vault.outputs.resourceId
    associatedStorageAccountResourceId: storage.outputs.resourceId
    systemDatastoresAuthMode: 'AccessKey'
    publicNetworkAccess: 'Enabled'
  }
}

@description('Name of the workspace.')
output name string = workspace.outputs.name
