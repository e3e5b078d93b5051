// Everything that FineTuneFunctions needs in Azure, in one resource group of its own, and its rights on an Azure Machine
// Learning workspace, which may stand elsewhere. Started by `azd up`; see docs/azure.md and docs/azure-reference.md.
targetScope = 'subscription'

// ---- where ----

@minLength(1)
@maxLength(64)
@description('Name of the azd environment. Names of resources are made from it, so that environments stand side by side.')
param environmentName string

@minLength(1)
@description('Region of everything but an existing workspace. It must offer Flex Consumption with .NET 10.')
@metadata({ azd: { type: 'location' } })
param location string

@maxLength(90)
@description('Name of the resource group. Empty: rg-<environmentName>.')
param resourceGroupName string = ''

@description('Object id of the person or service principal who deploys: may drop datasets and look at runs in the storage account and in the dashboard of the scheduler. Empty: nobody.')
param principalId string = ''

// ---- the workspace ----

@maxLength(33)
@description('Name of an existing Azure Machine Learning workspace. Empty: a new one is made, with its storage account and key vault.')
param workspaceName string = ''

@maxLength(90)
@description('Resource group of the existing workspace. Needed with workspaceName.')
param workspaceResourceGroup string = ''

@description('Subscription of the existing workspace.')
param workspaceSubscriptionId string = subscription().subscriptionId

@maxLength(24)
@description('Storage account of the existing workspace, only if its default datastore is identity-based: the app then gets the right to write there. It must stand in the workspace\'s resource group.')
param workspaceStorageAccountName string = ''

@description('Name of the existing Event Grid system topic of the workspace, if it has one: Azure allows one for each source. It needs a system-assigned identity. Empty: one is made.')
param workspaceSystemTopicName string = ''

@description('Whether runs may create GPU clusters. False: they use the clusters that exist, and the app has no right to create any.')
param allowComputeCreation bool = true

// ---- how runs behave ----

@description('JSON of the request that every run\'s own request is laid over, as in a run.json. Edit infra/default-request.json.')
param defaultRequest string = string(loadJsonContent('default-request.json'))

@description('How long a dropped dataset may still get its run.json (hh:mm:ss).')
param settlingTime string = '00:00:10'

@description('When expired endpoints are looked for: NCRONTAB with seconds.')
param sweeperSchedule string = '0 */5 * * * *'

@description('When dropped datasets whose event was lost are looked for: NCRONTAB with seconds.')
param reconcileSchedule string = '0 */10 * * * *'

@description('When histories past their retention are deleted: NCRONTAB with seconds.')
param purgeSchedule string = '0 30 3 * * *'

// ---- the engine ----

@allowed(['scheduler', 'storage'])
@description('Where Durable Functions keeps runs: the Durable Task Scheduler, a managed service, or tables and queues of the host\'s storage account.')
param durableBackend string = 'scheduler'

@minLength(3)
@maxLength(45)
@description('Name of the task hub: letters and digits, a letter first. Another name is another, empty hub.')
param taskHubName string = 'FineTune'

@description('Region of the scheduler, if it is not offered where the app stands.')
param schedulerLocation string = location

@allowed(['Consumption', 'Dedicated'])
@description('Consumption is paid by action and keeps what has ended for 30 days at most; Dedicated is paid by capacity unit and keeps it for 90.')
param schedulerSku string = 'Consumption'

@minValue(1)
@maxValue(3)
@description('Capacity units of a Dedicated scheduler. Three make it zone-redundant.')
param schedulerCapacity int = 1

@minValue(1)
@maxValue(90)
@description('Days for which the history of an ended run is kept; a Consumption scheduler keeps 30 at most. Reports in the container runs stay.')
param historyRetentionDays int = 90

// ---- the app ----

@allowed(['flex', 'dedicated'])
@description('flex: scales to nothing and to many, with 0.8 GB of disk for datasets that are being prepared. dedicated: an App Service plan that always runs, with more disk.')
param hostingPlan string = 'flex'

@allowed(['P0v3', 'P1v3', 'P2v3', 'P1mv3', 'P2mv3'])
@description('Size of a dedicated plan.')
param dedicatedSku string = 'P0v3'

@allowed([512, 2048, 4096])
@description('Memory of a flex instance in MB. Parquet with large pages needs up to 1 GB beside the host: see docs/dataset-rules.md.')
param instanceMemoryMB int = 4096

@minValue(1)
@maxValue(1000)
@description('Most flex instances at once, over all functions.')
param maximumInstanceCount int = 40

@minValue(0)
@maxValue(20)
@description('Flex instances of the Durable group that always run. They answer without a cold start and are billed while idle.')
param alwaysReadyInstances int = 0

@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
@description('How both storage accounts are kept. Zone-redundant storage is not offered in every region.')
param storageSku string = 'Standard_ZRS'

// ---- who may call ----

@description('Client id of an Entra app registration with the roles of infra/app-roles.json. With it every call needs a token of that app, beside the function key. Empty: the function key alone decides.')
param entraClientId string = ''

// ---- the network ----

@description('Puts the app into a virtual network and closes both storage accounts but for it. The app\'s own address stays public, because Event Grid calls it there.')
param vnetEnabled bool = false

@description('Addresses of the virtual network: a /24 at least, cut into two subnets.')
param vnetAddressPrefix string = '10.42.0.0/24'

@description('Public IPv4 addresses or CIDR ranges, with commas between, that may reach the data account when vnetEnabled: who drops datasets from outside.')
param allowedIpAddresses string = ''

// ---- watching ----

@description('E-mail address that alerts go to. Empty: they only show in the portal.')
param alertEmail string = ''

@minValue(30)
@maxValue(730)
@description('Days for which logs are kept.')
param logRetentionDays int = 30

// ---- names ----

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }
var groupName = empty(resourceGroupName) ? 'rg-${environmentName}' : resourceGroupName
var functionAppName = 'func-${token}'
var packageContainer = 'app-package'
var datasetsContainer = 'datasets'
var runsContainer = 'runs'
var deadLetterContainer = 'dead-letters'
var jobEventsQueue = 'job-events'
var ipRules = map(empty(allowedIpAddresses) ? [] : split(allowedIpAddresses, ','), address => {
  action: 'Allow'
  value: trim(address)
})
var useFlex = hostingPlan == 'flex'
var useScheduler = durableBackend == 'scheduler'
var signIn = !empty(entraClientId)
var newWorkspace = empty(workspaceName)
var workspaceGroup = newWorkspace ? groupName : workspaceResourceGroup
var workspaceSubscription = newWorkspace ? subscription().subscriptionId : workspaceSubscriptionId
var clouds = {
  AzureCloud: 'Public'
  AzureUSGovernment: 'USGovernment'
  AzureChinaCloud: 'China'
}

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: groupName
  location: location
  tags: tags
}

// ---- identity, logs ----

module identity 'br/public:avm/res/managed-identity/user-assigned-identity:0.6.0' = {
  scope: group
  params: {
    name: 'id-${token}'
    location: location
    tags: tags
  }
}

module logs 'br/public:avm/res/operational-insights/workspace:0.16.1' = {
  scope: group
  params: {
    name: 'log-${token}'
    location: location
    tags: tags
    dataRetention: logRetentionDays
    features: {
      disableLocalAuth: true
    }
  }
}

module insights 'br/public:avm/res/insights/component:0.8.0' = {
  scope: group
  params: {
    name: 'appi-${token}'
    location: location
    tags: tags
    workspaceResourceId: logs.outputs.resourceId
    disableLocalAuth: true
    disableIpMasking: false
    roleAssignments: [
      {
        principalId: identity.outputs.principalId
        principalType: 'ServicePrincipal'
        roleDefinitionIdOrName: 'Monitoring Metrics Publisher'
      }
    ]
  }
}

// ---- storage ----

module network 'modules/network.bicep' = if (vnetEnabled) {
  scope: group
  params: {
    name: 'vnet-${token}'
    location: location
    tags: tags
    addressPrefix: vnetAddressPrefix
    // The provider Microsoft.App must be registered in the subscription for Flex Consumption.
    appDelegation: useFlex ? 'Microsoft.App/environments' : 'Microsoft.Web/serverFarms'
  }
}

// The host's own: its package, its locks and keys; with the backend 'storage' the task hub as well.
module hostStorage 'br/public:avm/res/storage/storage-account:0.33.0' = {
  scope: group
  params: {
    name: 'sthost${token}'
    location: location
    tags: tags
    skuName: storageSku
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: vnetEnabled ? 'Deny' : 'Allow'
    }
    blobServices: {
      containers: [
        { name: packageContainer }
      ]
    }
    privateEndpoints: [
      for service in (vnetEnabled ? ['blob', 'queue', 'table'] : []): {
        service: service
        subnetResourceId: network!.outputs.endpointSubnetId
        privateDnsZoneGroup: {
          privateDnsZoneGroupConfigs: [
            { privateDnsZoneResourceId: network!.outputs.dnsZoneIds[service] }
          ]
        }
      }
    ]
    // What the Functions documentation asks for with identity-based AzureWebJobsStorage; tables only for the task hub.
    roleAssignments: [
      for role in concat(
        ['Storage Blob Data Owner', 'Storage Queue Data Contributor'],
        useScheduler ? [] : ['Storage Table Data Contributor']
      ): {
        principalId: identity.outputs.principalId
        principalType: 'ServicePrincipal'
        roleDefinitionIdOrName: role
      }
    ]
  }
}

// The users': datasets in, reports out, events about jobs, and the events that nobody took.
module dataStorage 'br/public:avm/res/storage/storage-account:0.33.0' = {
  scope: group
  params: {
    name: 'stdata${token}'
    location: location
    tags: tags
    skuName: storageSku
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      // Event Grid delivers as a trusted service, by the system-assigned identities of its topics.
      bypass: 'AzureServices'
      defaultAction: vnetEnabled ? 'Deny' : 'Allow'
      ipRules: ipRules
    }
    blobServices: {
      isVersioningEnabled: true
      deleteRetentionPolicyEnabled: true
      deleteRetentionPolicyDays: 14
      containerDeleteRetentionPolicyEnabled: true
      containerDeleteRetentionPolicyDays: 14
      containers: [
        { name: datasetsContainer }
        { name: runsContainer }
        { name: deadLetterContainer }
      ]
    }
    queueServices: {
      queues: [
        { name: jobEventsQueue }
      ]
    }
    // Old versions of datasets, and events that nobody took, do not cost forever.
    managementPolicyRules: [
      {
        name: 'drop-old-versions'
        enabled: true
        type: 'Lifecycle'
        definition: {
          filters: { blobTypes: ['blockBlob'] }
          actions: { version: { delete: { daysAfterCreationGreaterThan: 30 } } }
        }
      }
      {
        name: 'drop-dead-letters'
        enabled: true
        type: 'Lifecycle'
        definition: {
          filters: { blobTypes: ['blockBlob'], prefixMatch: ['${deadLetterContainer}/'] }
          actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 30 } } }
        }
      }
    ]
    privateEndpoints: [
      for service in (vnetEnabled ? ['blob', 'queue'] : []): {
        service: service
        subnetResourceId: network!.outputs.endpointSubnetId
        privateDnsZoneGroup: {
          privateDnsZoneGroupConfigs: [
            { privateDnsZoneResourceId: network!.outputs.dnsZoneIds[service] }
          ]
        }
      }
    ]
    // What the documentation of the blob trigger and of the queue trigger (with its poison queue) asks for.
    roleAssignments: concat(
      [
        {
          principalId: identity.outputs.principalId
          principalType: 'ServicePrincipal'
          roleDefinitionIdOrName: 'Storage Blob Data Owner'
        }
        {
          principalId: identity.outputs.principalId
          principalType: 'ServicePrincipal'
          roleDefinitionIdOrName: 'Storage Queue Data Contributor'
        }
      ],
      empty(principalId)
        ? []
        : [
            {
              principalId: principalId
              roleDefinitionIdOrName: 'Storage Blob Data Contributor'
            }
          ]
    )
  }
}

// ---- engine ----

module scheduler 'modules/scheduler.bicep' = if (useScheduler) {
  scope: group
  params: {
    name: 'dts-${token}'
    location: schedulerLocation
    tags: tags
    sku: schedulerSku
    capacity: schedulerCapacity
    taskHubName: taskHubName
    retentionDays: schedulerSku == 'Consumption' ? min(historyRetentionDays, 30) : historyRetentionDays
    appPrincipalId: identity.outputs.principalId
    deployerPrincipalId: principalId
  }
}

// ---- workspace ----

module workspace 'modules/workspace.bicep' = if (newWorkspace) {
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    logAnalyticsId: logs.outputs.resourceId
  }
}

module workspaceAccess 'modules/workspace-access.bicep' = {
  scope: resourceGroup(workspaceSubscription, workspaceGroup)
  params: {
    workspaceName: newWorkspace ? workspace!.outputs.name : workspaceName
    storageAccountName: workspaceStorageAccountName
    principalId: identity.outputs.principalId
    allowComputeCreation: allowComputeCreation
  }
}

module regionReader 'modules/region-reader.bicep' = {
  scope: subscription(workspaceSubscription)
  params: {
    token: token
    principalId: identity.outputs.principalId
  }
}

// ---- events ----

module datasetTopic 'br/public:avm/res/event-grid/system-topic:0.7.0' = {
  scope: group
  params: {
    name: 'evgt-datasets-${token}'
    location: location
    tags: tags
    source: dataStorage.outputs.resourceId
    topicType: 'Microsoft.Storage.StorageAccounts'
    managedIdentities: {
      systemAssigned: true
    }
  }
}

module datasetTopicRoles 'modules/event-delivery-roles.bicep' = {
  scope: group
  params: {
    storageAccountName: dataStorage.outputs.name
    deadLetterContainer: deadLetterContainer
    principalId: datasetTopic.outputs.systemAssignedMIPrincipalId!
  }
}

module jobTopic 'modules/job-topic.bicep' = {
  scope: resourceGroup(workspaceSubscription, workspaceGroup)
  params: {
    existingName: workspaceSystemTopicName
    newName: 'evgt-jobs-${token}'
    location: workspaceAccess.outputs.location
    tags: tags
    workspaceId: workspaceAccess.outputs.workspaceId
  }
}

module jobTopicRoles 'modules/event-delivery-roles.bicep' = {
  scope: group
  params: {
    storageAccountName: dataStorage.outputs.name
    deadLetterContainer: deadLetterContainer
    queue: jobEventsQueue
    principalId: jobTopic.outputs.principalId
  }
}

module jobEvents 'modules/job-events.bicep' = {
  scope: resourceGroup(workspaceSubscription, workspaceGroup)
  params: {
    topicName: jobTopic.outputs.name
    subscriptionName: 'finetune-${token}'
    storageAccountId: dataStorage.outputs.resourceId
    queue: jobEventsQueue
    deadLetterContainer: deadLetterContainer
  }
  // Event Grid looks whether its identity may deliver.
  dependsOn: [jobTopicRoles]
}

// ---- app ----

module plan 'br/public:avm/res/web/serverfarm:0.7.0' = {
  scope: group
  params: {
    name: 'plan-${token}'
    location: location
    tags: tags
    skuName: useFlex ? 'FC1' : dedicatedSku
    // With the scheduler one instance is enough for thousands of runs; more are a change of this number.
    skuCapacity: 1
    kind: useFlex ? 'functionapp' : 'linux'
    reserved: true
    zoneRedundant: false
  }
}

var engineSettings = useScheduler
  ? {
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'azureManaged'
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
      DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${scheduler!.outputs.endpoint};Authentication=ManagedIdentity;ClientID=${identity.outputs.clientId}'
    }
  : {
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'AzureStorage'
    }

// Flex Consumption has these in functionAppConfig and refuses them as settings.
var planSettings = useFlex
  ? {}
  : {
      FUNCTIONS_EXTENSION_VERSION: '~4'
      FUNCTIONS_WORKER_RUNTIME: 'dotnet-isolated'
      WEBSITE_RUN_FROM_PACKAGE: '1'
    }

var appSettings = {
  AZURE_CLIENT_ID: identity.outputs.clientId
  // One credential to try, not the chain that a developer's machine needs: the first call is seconds faster, and its failures are its own.
  AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential'
  AzureWebJobsStorage__accountName: hostStorage.outputs.name
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.outputs.clientId
  Datasets__blobServiceUri: dataStorage.outputs.serviceEndpoints.blob
  Datasets__queueServiceUri: dataStorage.outputs.serviceEndpoints.queue
  Datasets__credential: 'managedidentity'
  Datasets__clientId: identity.outputs.clientId
  FineTune__Workspace__SubscriptionId: workspaceSubscription
  FineTune__Workspace__ResourceGroup: workspaceGroup
  FineTune__Workspace__Name: workspaceAccess.outputs.workspaceName
  FineTune__Workspace__Cloud: clouds[environment().name]
  FineTune__DefaultRequest: defaultRequest
  FineTune__Drops__SettlingTime: settlingTime
  FineTune__HistoryRetention: '${historyRetentionDays}.00:00:00'
  FineTune__RequireSignIn: signIn ? 'true' : 'false'
  SweeperSchedule: sweeperSchedule
  ReconcileSchedule: reconcileSchedule
  PurgeSchedule: purgeSchedule
  TASKHUB_NAME: taskHubName
  // Flex Consumption has no polling blob trigger.
  'AzureWebJobs.DatasetDroppedPolling.Disabled': 'true'
  APPLICATIONINSIGHTS_CONNECTION_STRING: insights.outputs.connectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD;ClientId=${identity.outputs.clientId}'
}

module app 'br/public:avm/res/web/site:0.24.0' = {
  scope: group
  params: {
    name: functionAppName
    location: location
    tags: union(tags, { 'azd-service-name': 'functions' })
    kind: 'functionapp,linux'
    serverFarmResourceId: plan.outputs.resourceId
    managedIdentities: {
      userAssignedResourceIds: [identity.outputs.resourceId]
    }
    httpsOnly: true
    clientAffinityEnabled: false
    publicNetworkAccess: 'Enabled'
    virtualNetworkSubnetResourceId: vnetEnabled ? network!.outputs.appSubnetId : null
    basicPublishingCredentialsPolicies: [
      { name: 'ftp', allow: false }
      { name: 'scm', allow: false }
    ]
    siteConfig: union(
      {
        alwaysOn: !useFlex
        minTlsVersion: '1.2'
        scmMinTlsVersion: '1.2'
        cors: {
          allowedOrigins: []
          supportCredentials: false
        }
      },
      useFlex ? {} : { linuxFxVersion: 'DOTNET-ISOLATED|10.0' }
    )
    functionAppConfig: useFlex
      ? {
          deployment: {
            storage: {
              type: 'blobContainer'
              value: '${hostStorage.outputs.primaryBlobEndpoint}${packageContainer}'
              authentication: {
                type: 'UserAssignedIdentity'
                userAssignedIdentityResourceId: identity.outputs.resourceId
              }
            }
          }
          runtime: {
            name: 'dotnet-isolated'
            version: '10.0'
          }
          scaleAndConcurrency: {
            instanceMemoryMB: instanceMemoryMB
            maximumInstanceCount: maximumInstanceCount
            alwaysReady: alwaysReadyInstances == 0 ? [] : [{ name: 'durable', instanceCount: alwaysReadyInstances }]
          }
        }
      : null
    configs: [
      {
        name: 'appsettings'
        // What is not listed here is removed: infra is the one place that says what the app reads.
        retainCurrentAppSettings: false
        properties: union(appSettings, engineSettings, planSettings)
      }
      {
        // Always written, so that taking the client id away turns the sign-in off again.
        name: 'authsettingsV2'
        properties: {
          platform: {
            enabled: signIn
            runtimeVersion: '~1'
          }
          globalValidation: {
            requireAuthentication: signIn
            unauthenticatedClientAction: signIn ? 'Return401' : 'AllowAnonymous'
            // Event Grid brings the key of the blob extension, no token. Durable's own management paths stay closed.
            excludedPaths: ['/runtime/webhooks/blobs', '/api/health']
          }
          httpSettings: {
            requireHttps: true
          }
          identityProviders: {
            azureActiveDirectory: {
              enabled: signIn
              registration: {
                clientId: entraClientId
                openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
              }
              validation: {
                allowedAudiences: signIn ? [entraClientId, 'api://${entraClientId}'] : []
              }
            }
          }
          login: {
            tokenStore: {
              enabled: false
            }
          }
        }
      }
    ]
  }
}

// ---- watching ----

module alerts 'modules/alerts.bicep' = {
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    logAnalyticsId: logs.outputs.resourceId
    email: alertEmail
  }
}

// ---- for azd and the hooks. None is also a parameter: azd would feed it back. ----

output AZURE_LOCATION string = location
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = group.name
output FUNCTION_APP_NAME string = app.outputs.name
output FUNCTION_APP_URI string = 'https://${app.outputs.defaultHostname}'
output FUNCTION_APP_IDENTITY string = identity.outputs.principalId
output DATA_STORAGE_ACCOUNT string = dataStorage.outputs.name
output DATASETS_CONTAINER string = datasetsContainer
output DEAD_LETTER_CONTAINER string = deadLetterContainer
output DATASET_TOPIC_NAME string = datasetTopic.outputs.name
output JOB_TOPIC_NAME string = jobTopic.outputs.name
output JOB_TOPIC_IS_NEW string = empty(workspaceSystemTopicName) ? 'true' : 'false'
output JOB_SUBSCRIPTION_NAME string = 'finetune-${token}'
output MACHINE_LEARNING_WORKSPACE string = workspaceAccess.outputs.workspaceName
output MACHINE_LEARNING_RESOURCE_GROUP string = workspaceGroup
output MACHINE_LEARNING_SUBSCRIPTION string = workspaceSubscription
output MACHINE_LEARNING_WORKSPACE_IS_NEW string = newWorkspace ? 'true' : 'false'
output REGION_READER_ROLE string = regionReader.outputs.roleId
output SIGN_IN_REQUIRED string = signIn ? 'true' : 'false'
