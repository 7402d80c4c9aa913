import type { RuleFile } from './rule-files.ts';

type Schema = Readonly<Record<string, unknown>>;

const SEVERITY = { enum: ['off', 'error', 'warning', 'info'] };

/**
 * The JSON Schema of plimsoll.yaml: keys, presets, and every name a rule goes by with its options. `$defs` are referred to, so
 * that the validator that is compiled from it stays small.
 */
export function configSchema(rules: readonly RuleFile[], presets: readonly string[]): Schema {
  const families = [...new Set(rules.map(({ meta }) => meta.family))].sort();
  const properties: Record<string, Schema> = {};
  const definitions: Record<string, Schema> = {};
  const described = (ref: string, description: string): Schema => ({ $ref: `#/$defs/${ref}`, description });
  for (const family of families) properties[family] = described('setting', `All rules of the family ${family}`);
  for (const { meta } of rules) {
    const options = meta.options as Readonly<Record<string, Schema>> | undefined;
    if (options !== undefined)
      definitions[meta.id] = {
        anyOf: [
          SEVERITY,
          { type: 'object', additionalProperties: false, properties: { severity: SEVERITY, ...options } },
        ],
      };
    properties[meta.id] = described(options === undefined ? 'setting' : meta.id, meta.summary);
    for (const alias of meta.aliases)
      for (const name of alias.endsWith('*') ? [] : [alias, alias.slice(alias.indexOf(':') + 1)])
        properties[name] ??= described('setting', `${meta.id}: ${meta.summary}`);
  }
  const settings = {
    type: 'object',
    additionalProperties: false,
    properties,
    patternProperties: { '^(?:shellcheck:|hadolint:)?SC\\d+$': { $ref: '#/$defs/setting' } },
  };
  const texts = { type: 'array', items: { type: 'string' } };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'The configuration of Plimsoll: plimsoll.yaml, .plimsoll.yaml or [tool.plimsoll] in pyproject.toml',
    type: 'object',
    additionalProperties: false,
    properties: {
      $schema: { type: 'string' },
      extends: {
        anyOf: [{ type: 'string' }, texts],
        description: 'Files that this one builds on, from its directory; later ones hold against earlier ones',
      },
      preset: { enum: presets, description: 'The rules that run where nothing else is said (docs/presets.md)' },
      rules: { $ref: '#/$defs/settings', description: 'Severity, or severity and options, by rule, family or code' },
      overrides: {
        type: 'array',
        description: 'Settings for some files; later ones hold against earlier ones',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['files'],
          properties: {
            files: { ...texts, description: 'Patterns as in .gitignore, from the directory of this file' },
            preset: { enum: presets },
            rules: { $ref: '#/$defs/settings' },
          },
        },
      },
      exclude: { ...texts, description: 'Files that a search leaves out, as in .gitignore' },
      'fail-on': { enum: ['error', 'warning', 'info', 'never'], description: 'The least severity that exits with 1' },
      pedantic: { type: 'boolean', description: 'Also findings of low confidence' },
    },
    $defs: {
      setting: {
        anyOf: [SEVERITY, { type: 'object', additionalProperties: false, properties: { severity: SEVERITY } }],
      },
      ...definitions,
      settings,
    },
  };
}
