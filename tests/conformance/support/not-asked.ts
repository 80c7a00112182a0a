/** Why scenarios ask nothing of this server, and how each says so itself. */
export interface NotAsked {
  readonly why: string;
  /** Every check of such a scenario that did not succeed says this, so that none hides a fault of ours. */
  readonly said: RegExp;
  readonly scenarios: readonly string[];
}

const NO_METHOD = /^(?:Failed: |JSON-RPC error: )?(?:MCP error -32601: )?Method not found/;

/** Every scenario of the suites that is run and not counted. */
export const NOT_ASKED: readonly NotAsked[] = [
  {
    why: 'calls a tool of the suite’s own fixture server',
    said: /There is no tool of this name|^Tool 'json_schema_2020_12_tool' not found|could not get initial InputRequiredResult|^Expected InputRequiredResult|^Server returned JSON-RPC error instead of re-requesting/,
    scenarios: [
      'tools-call-audio',
      'tools-call-elicitation',
      'tools-call-embedded-resource',
      'tools-call-error',
      'tools-call-image',
      'tools-call-mixed-content',
      'tools-call-sampling',
      'tools-call-simple-text',
      'tools-call-with-progress',
      'json-schema-2020-12',
      'elicitation-sep1034-defaults',
      'elicitation-sep1330-enums',
      'input-required-result-basic-elicitation',
      'input-required-result-basic-list-roots',
      'input-required-result-basic-sampling',
      'input-required-result-capability-check',
      'input-required-result-ignore-extra-params',
      'input-required-result-missing-input-response',
      'input-required-result-multi-round',
      'input-required-result-multiple-input-requests',
      'input-required-result-request-state',
      'input-required-result-result-type',
      'input-required-result-tampered-state',
    ],
  },
  {
    why: 'reads a resource of the suite’s own fixture server',
    said: /Resource not found: test:\/\//,
    scenarios: ['resources-read-binary', 'resources-read-text', 'resources-templates-read'],
  },
  {
    why: 'prompts, completion, logging and subscriptions are not offered, and the capabilities say so',
    said: NO_METHOD,
    scenarios: [
      'completion-complete',
      'logging-set-level',
      'tools-call-with-logging',
      'prompts-get-embedded-resource',
      'prompts-get-simple',
      'prompts-get-with-args',
      'prompts-get-with-image',
      'resources-subscribe',
      'resources-unsubscribe',
      'input-required-result-non-tool-request',
    ],
  },
  {
    why: 'no tool takes an argument from a header of its own',
    said: /^Not testable: server exposes no tool with x-mcp-header annotations/,
    scenarios: ['http-custom-header-server-validation'],
  },
];
