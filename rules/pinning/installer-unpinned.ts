import { expand } from '../../src/dockerfile/expand.ts';
import { parseImageReference } from '../../src/dockerfile/image-reference.ts';
import { flagOf } from '../../src/dockerfile/instructions.ts';
import { mountsOf } from '../../src/dockerfile/stages.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, type Report, weighed } from '../../src/engine/rule.ts';
import type { Call } from '../../src/python/call.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { fetches, INSTALLERS, requirementsOf } from '../../src/python/requirements.ts';
import { isPosixShell } from '../../src/shell/script.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      for (const report of [
        ...imageReports(file, pythonStage),
        ...scriptReports(pythonStage),
        ...packageReports(pythonStage),
      ])
        yield report;
    }
  },
});

const UV_IMAGE = /^(?:ghcr\.io\/astral-sh\/uv|docker\.io\/astral\/uv|astral\/uv)$/;

/** uv's own image without a tag, or as latest. */
function isFloating(text: string): boolean {
  const reference = parseImageReference(text);
  if (reference === undefined || reference.digest !== undefined) return false;
  return UV_IMAGE.test(`${reference.registry}/${reference.repository}`) && (reference.tag ?? 'latest') === 'latest';
}

function* imageReports(file: DockerfileModel, { stage }: PythonStage): Generator<Report> {
  const severity = weighed('warning', stage);
  const image = stage.from.args[0];
  if (image !== undefined && stage.base.kind === 'image' && isFloating(stage.base.text))
    yield { at: image.range, data: { image: stage.base.text }, message: 'image', severity };
  for (const { instruction, lookup } of stage.steps) {
    const named = flagOf(instruction, 'from');
    const value = named && expand(named.value, lookup, { escape: file.escape }).text;
    if (named !== undefined && value !== undefined && isFloating(value))
      yield { at: named.range, data: { image: value }, message: 'image', severity };
    if (instruction.keyword !== 'RUN') continue;
    const flags = instruction.flags.filter(({ name }) => name === 'mount');
    for (const [index, mount] of mountsOf(instruction).entries()) {
      const from = mount.get('from');
      const flag = flags[index];
      if (from !== undefined && flag !== undefined && isFloating(from))
        yield { at: flag.range, data: { image: from }, message: 'image', severity };
    }
  }
}

/** Addresses that serve the newest installer whenever they are asked; those below /pip/X.Y/ stand still. */
const SCRIPTS = [
  { pattern: /^https?:\/\/astral\.sh\/uv\/install\.(?:sh|ps1)$/, variable: undefined },
  { pattern: /^https?:\/\/install\.python-poetry\.org\/?$/, variable: 'POETRY_VERSION' },
  { pattern: /^https?:\/\/bootstrap\.pypa\.io\/get-pip\.py$/, variable: undefined },
  { pattern: /^https?:\/\/pdm-project\.org\/install-pdm\.py$/, variable: 'PDM_VERSION' },
];

function scriptOf(text: string) {
  return SCRIPTS.find(({ pattern }) => pattern.test(text.replace(/^["']|["']$/g, '')));
}

function isOldPython(base: PythonStage['base']): boolean {
  const minor = Number(base?.distribution?.python?.split('.')[1]);
  return base?.python === 'distribution' && minor < 9;
}

function* scriptReports({ stage, calls, copies, base }: PythonStage): Generator<Report> {
  for (const call of calls) {
    const { program, words, script, step, command } = call;
    if (!/^(?:curl|wget)$/.test(program) || step.instruction.keyword !== 'RUN') continue;
    for (const word of words.slice(1)) {
      const found = scriptOf(word.value);
      if (found === undefined || isVersionGiven(call, found.variable)) continue;
      // On a Python that today's get-pip.py refuses nothing is installed at all: base-bootstrap-pip.
      if (/get-pip/.test(word.value) && isOldPython(base)) continue;
      if (!script.commands.some((other) => other !== command && runs(other))) continue;
      // A pipeline's first part may fail unnoticed; that changes nothing here.
      const severity = weighed('warning', stage);
      yield { at: word.range, data: { url: word.value }, message: 'script', severity };
    }
  }
  for (const { sources, step } of copies)
    for (const { arg } of step.instruction.keyword === 'ADD' ? sources : [])
      if (scriptOf(arg.text) !== undefined && flagOf(step.instruction, 'checksum') === undefined)
        yield { at: arg.range, data: { url: arg.text }, message: 'script', severity: weighed('warning', stage) };
}

function runs({ program, name }: Call['command']): boolean {
  return isPosixShell(program) || /^python[\d.]*(?:\$.*)?$/.test(program) || /\.(?:sh|py)$/.test(name);
}

/** By the variable that the script reads, or as an argument of it. */
function isVersionGiven({ script, step }: Call, variable: string | undefined): boolean {
  const isSet =
    variable !== undefined &&
    (step.lookup(variable)?.text ?? '') !== '' &&
    step.stage.environment.setting(variable) !== undefined;
  return (
    isSet ||
    script.commands.some(
      ({ words, assignments }) =>
        words.some(({ value }) => /^(?:--version\b.*|pip==.*)$/.test(value)) ||
        assignments.some(({ name, value }) => name === variable && value !== undefined),
    )
  );
}

function* packageReports({ stage, installs }: PythonStage): Generator<Report> {
  for (const install of installs) {
    if (install.action !== 'install' || !fetches(install)) continue;
    const unpinned = requirementsOf(install).filter(({ name, pin }) => pin === 'none' && INSTALLERS.has(name));
    const [first] = unpinned;
    if (first === undefined) continue;
    const packages = unpinned.map(({ word }) => word.value).join(', ');
    yield { at: first.word.range, data: { packages }, severity: weighed('warning', stage, install.command) };
  }
}
