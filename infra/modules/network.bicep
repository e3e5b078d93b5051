// A virtual network for the app and for the private addresses of its storage accounts.

@description('Name of the virtual network.')
param name string

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Addresses of the network: a /24 at least. The first /26 goes to the app, the second to private endpoints.')
param addressPrefix string

@description('Service that the subnet of the app is handed to.')
param appDelegation string

var appSubnet = 'app'
var endpointSubnet = 'private-endpoints'
var services = ['blob', 'queue', 'table']

module closed 'br/public:avm/res/network/network-security-group:0.5.3' = {
  params: {
    name: 'nsg-${name}'
    location: location
    tags: tags
  }
}

module network 'br/public:avm/res/network/virtual-network:0.10.1' = {
  params: {
    name: name
    location: location
    tags: tags
    addressPrefixes: [addressPrefix]
    subnets: [
      {
        name: appSubnet
        addressPrefix: cidrSubnet(addressPrefix, 26, 0)
        delegation: appDelegation
        networkSecurityGroupResourceId: closed.outputs.resourceId
      }
      {
        name: endpointSubnet
        addressPrefix: cidrSubnet(addressPrefix, 26, 1)
        privateEndpointNetworkPolicies: 'Enabled'
        networkSecurityGroupResourceId: closed.outputs.resourceId
      }
    ]
  }
}

module zones 'br/public:avm/res/network/private-dns-zone:0.8.1' = [
  for service in services: {
    params: {
      name: 'privatelink.${service}.${environment().suffixes.storage}'
      tags: tags
      virtualNetworkLinks: [
        { virtualNetworkResourceId: network.outputs.resourceId }
      ]
    }
  }
]

@description('Subnet of the app.')
output appSubnetId string = '${network.outputs.resourceId}/subnets/${appSubnet}'

@description('Subnet of the private endpoints.')
output endpointSubnetId string = '${network.outputs.resourceId}/subnets/${endpointSubnet}'

@description('Private DNS zone of each storage service.')
output dnsZoneIds object = {
  blob: zones[0].outputs.resourceId
  queue: zones[1].outputs.resourceId
  table: zones[2].outputs.resourceId
}
