// Three things that somebody must hear of: a run that failed, an endpoint that outlived its time, a sweeper that stands
// still. All are searched for in the app's logs, by the messages that src/FunctionsApp writes.

@description('Part of every name.')
param token string

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Log Analytics workspace of the app.')
param logAnalyticsId string

@description('Who is written to. Empty: nobody.')
param email string

// Messages come formatted or as their template, by the way they take into Application Insights: both are understood.
var rules = [
  {
    name: 'run-failed'
    display: 'A fine-tuning run failed'
    description: 'A run ended as Failed. Its report in the container runs says why, and what to do next; docs/errors.md explains the code.'
    severity: 2
    window: 'PT15M'
    operator: 'GreaterThan'
    threshold: 0
    resolves: false
    query: '''
AppTraces
| where Message startswith "Run " and Message has "ended as"
| extend State = coalesce(tostring(Properties.State), tostring(Properties.prop__State), extract(@"ended as (\w+)", 1, Message))
| where State == "Failed"
'''
  }
  {
    name: 'endpoint-past-its-time'
    display: 'An endpoint outlived its time to live'
    description: 'The sweeper found an endpoint that its run had not removed, or could not delete one. Until it is gone it bills by the hour.'
    severity: 1
    window: 'PT15M'
    operator: 'GreaterThan'
    threshold: 0
    resolves: false
    query: '''
AppTraces
| where Message startswith "Endpoint " and Message has "past its time to live"
'''
  }
  {
    name: 'sweeper-silent'
    display: 'The sweeper has not run'
    description: 'For half an hour nobody looked for expired endpoints. Is the app deployed, running, and is the timer SweepEndpoints enabled?'
    severity: 2
    window: 'PT30M'
    operator: 'LessThan'
    threshold: 1
    resolves: true
    query: '''
AppRequests
| where OperationName == "SweepEndpoints" or Name == "SweepEndpoints"
| where Success == true
'''
  }
]

module people 'br/public:avm/res/insights/action-group:0.8.0' = if (!empty(email)) {
  params: {
    name: 'ag-${token}'
    groupShortName: 'FineTune'
    tags: tags
    emailReceivers: [
      {
        name: 'operator'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

module alerts 'br/public:avm/res/insights/scheduled-query-rule:0.6.0' = [
  for rule in rules: {
    params: {
      name: '${rule.name}-${token}'
      location: location
      tags: tags
      alertDisplayName: rule.display
      alertDescription: rule.description
      severity: rule.severity
      scopes: [logAnalyticsId]
      evaluationFrequency: 'PT15M'
      windowSize: rule.window
      autoMitigate: rule.resolves
      // The tables appear with the first log line, after the rules.
      skipQueryValidation: true
      criterias: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            operator: rule.operator
            threshold: rule.threshold
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroupResourceIds: empty(email) ? [] : [people!.outputs.resourceId]
      }
    }
  }
]
