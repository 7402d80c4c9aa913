import { expect } from 'vitest';
import { rules } from '../../rules/registry.generated.ts';
import { chooseRules } from '../../src/cli/choose-rules.ts';
import { shellCheckerAt } from '../../src/cli/run-shellcheck.ts';
import { fixText } from '../../src/engine/fix.ts';
import { type LintOptions, lintText } from '../../src/engine/lint.ts';
import { claim, type Need } from './toolbox.ts';

// What ShellCheck itself says of the RUNs, at the words of the Dockerfile.

const shellChecker = shellCheckerAt(undefined);
const here: Need = shellChecker === undefined ? 'shellcheck is not installed (scripts/install-tools.sh)' : undefined;
const chosen = chooseRules(rules, { select: ['shellcheck'] });

function found(text: string, options: LintOptions = {}): string[] {
  const { findings, failures } = lintText(text, chosen, { shellChecker, ...options });
  expect(failures).toEqual([]);
  return findings.map(({ alias, range }) => `${alias} «${text.slice(range.start, range.end)}»`);
}

claim(
  'the exact word, over continuations and comments',
  () => {
    const text = 'FROM debian:13\nRUN echo a && \\\n    # why\n    echo $A && \\\n    ls $B\n';
    expect(found(text)).toEqual(['shellcheck:SC2086 «$A»', 'shellcheck:SC2086 «$B»']);
  },
  here,
);

claim(
  'in heredocs, also by their own shell; other languages are left alone',
  () => {
    expect(found('FROM debian:13\nRUN <<EOF\necho $A\nEOF\n')).toEqual(['shellcheck:SC2086 «$A»']);
    expect(found('FROM debian:13\nRUN <<EOF\n#!/bin/bash\nsource x\necho $A\nEOF\n')).toEqual([
      'shellcheck:SC2086 «$A»',
    ]);
    expect(found('FROM debian:13\nRUN <<EOF\n#!/usr/bin/env python3\nprint($A)\nEOF\n')).toEqual([]);
  },
  here,
);

claim(
  'letters beyond the first 65,536 count once, as ShellCheck counts them',
  () => {
    const text = 'FROM debian:13\nRUN echo 😀😀 $A\n';
    expect(found(text)).toEqual(['shellcheck:SC2086 «$A»']);
    expect(fixText(text, chosen, { shellChecker, unsafe: true }).text).toBe('FROM debian:13\nRUN echo 😀😀 "$A"\n');
  },
  here,
);

claim(
  'variables that are set are known, those of the stage above among them',
  () => {
    const text = 'FROM debian:13 AS a\nARG one\nENV two=2\nFROM a\nRUN echo "$one$two$three$http_proxy"\n';
    expect(found(text)).toEqual(['shellcheck:SC2154 «$three»']);
  },
  here,
);

claim(
  'the shell that SHELL and the base image choose',
  () => {
    const run = 'RUN source /etc/os-release\n';
    expect(found(`FROM debian:13\n${run}`)).toEqual(['shellcheck:SC3046 «source /etc/os-release»']);
    expect(found(`FROM alpine:3.22\n${run}`)).toEqual([]);
    expect(found(`FROM fedora:42\n${run}`)).toEqual([]);
    expect(found(`FROM debian:13 AS a\nSHELL ["/bin/bash", "-c"]\nFROM a\n${run}`)).toEqual([]);
    expect(found(`FROM mcr.microsoft.com/powershell\nSHELL ["pwsh", "-c"]\nRUN Get-Item $A | Out-Null\n`)).toEqual([]);
    expect(found('FROM x\n# hadolint shell=powershell\nRUN Get-Item $A | Out-Null\n')).toEqual([]);
    expect(found('FROM debian:13\nRUN ["sh", "-c", "echo $A"]\n')).toEqual([]);
  },
  here,
);

claim(
  'comments of hadolint and of ours silence a code',
  () => {
    expect(found('FROM debian:13\n# hadolint ignore=SC2086\nRUN echo $A\n')).toEqual([]);
    expect(found('FROM debian:13\n# plimsoll: ignore[shellcheck:SC2086] it is one word\nRUN echo $A\n')).toEqual([]);
    expect(found('FROM debian:13\n# hadolint ignore=SC2046\nRUN echo $A\n')).toHaveLength(1);
  },
  here,
);

claim(
  'its own mends are made with --unsafe-fixes, and only where they stand in one piece',
  () => {
    const text = 'FROM debian:13\nRUN echo $A \\\n  && cd "$B" \\\n  && rm $C\n';
    const options = { shellChecker, unsafe: true };
    expect(fixText(text, chosen, { shellChecker }).text).toBe(text);
    expect(fixText(text, chosen, options).text).toBe(
      'FROM debian:13\nRUN echo "$A" \\\n  && cd "$B" \\\n  && rm "$C"\n',
    );
  },
  here,
);

claim(
  'one process for a whole file',
  () => {
    let runs = 0;
    const counting: LintOptions['shellChecker'] = (scripts) => {
      runs++;
      return shellChecker?.(scripts) ?? [];
    };
    found('FROM debian:13\nRUN echo $A\nRUN echo $B\nFROM debian:13\nRUN echo $C\n', { shellChecker: counting });
    expect(runs).toBe(1);
  },
  here,
);
