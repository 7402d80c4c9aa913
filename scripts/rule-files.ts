import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Confidence, RuleMeta, RuleTexts, Severity } from '../src/engine/rule.ts';

/** The families that are about any Dockerfile; the others are about Python. */
export const GENERAL: ReadonlySet<string> = new Set(['general', 'packages', 'commands']);

/** One example of a rule: `bad` with its findings, or a `good` on which the rule is silent. */
export interface Example {
  readonly title: string;
  readonly bad?: string;
  /** `line:column-line:column`, 1-based, end exclusive: all findings of the rule in order. */
  readonly at?: readonly string[];
  readonly severity?: Severity;
  readonly confidence?: Confidence;
  /** With `bad`: what the fixes make of it. Alone: the rule is silent. */
  readonly good?: string;
  /** The fix needs --unsafe-fixes. */
  readonly unsafe?: boolean;
  /** Mended by hand: the rule is silent. */
  readonly mended?: string;
  /** Values of the rule's options. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Files of the build context, by their path. */
  readonly context?: Readonly<Record<string, string>>;
  /** What the fix adds to .dockerignore. */
  readonly ignore?: readonly string[];
  /** An image in place of a Dockerfile; `at` has `PATH @LAYER` then. Without `at` the rule is silent. */
  readonly image?: ImageExample;
}

/** A small image: layers as files by path. */
export interface ImageExample {
  readonly base?: 'debian';
  readonly config?: {
    readonly user?: string;
    readonly env?: readonly string[];
    readonly workdir?: string;
    readonly entrypoint?: readonly string[];
    readonly cmd?: readonly string[];
    readonly onBuild?: readonly string[];
  };
  readonly layers?: readonly Readonly<Record<string, ImageFileExample>>[];
}

/** A file's text, `ELF` for a program, `-> PATH` for a link, or fields. */
export type ImageFileExample =
  | string
  | {
      readonly text?: string;
      readonly repeat?: number;
      readonly mode?: string;
      readonly uid?: number;
      readonly gid?: number;
      readonly modules?: number;
      readonly elf?: number;
      readonly capability?: true;
    };

export interface RuleFile {
  readonly path: string;
  readonly meta: RuleMeta & RuleTexts;
  readonly examples: readonly Example[];
  /** The YAML as parsed, for the schema. */
  readonly raw: Record<string, unknown>;
}

/** Reads rules/<family>/<id>.yaml, sorted by family and id. */
export function ruleFiles(root: string): RuleFile[] {
  const files: RuleFile[] = [];
  for (const family of readdirSync(join(root, 'rules'), { withFileTypes: true })) {
    if (!family.isDirectory()) continue;
    for (const name of readdirSync(join(root, 'rules', family.name))) {
      if (!name.endsWith('.yaml')) continue;
      const path = `rules/${family.name}/${name}`;
      const raw = parse(readFileSync(join(root, path), 'utf8')) as Record<string, unknown>;
      const { examples, ...texts } = raw as unknown as Omit<RuleMeta & RuleTexts, 'id' | 'family'> & {
        examples: Example[];
      };
      files.push({
        path,
        meta: { ...texts, id: name.slice(0, -'.yaml'.length), family: family.name, messages: texts.messages ?? {} },
        examples,
        raw,
      });
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
