import type { Step } from '../dockerfile/stages.ts';
import { programOf } from '../shell/script.ts';
import type { Call } from './call.ts';
import { chainOf } from './facts.ts';
import type { PythonStage } from './model.ts';

/** An ENTRYPOINT or CMD that holds at the end of a stage. */
export interface Start {
  readonly step: Step;
  readonly stage: PythonStage;
  /** Its commands; empty where it is empty or its shell is not read. */
  readonly calls: readonly Call[];
}

/**
 * What a container of this stage's image starts, as far as the file says: the last ENTRYPOINT and CMD. An ENTRYPOINT takes
 * away the CMD of the stages and images below it (Dockerfile reference, "Understand how CMD and ENTRYPOINT interact").
 */
export function startsOf(stage: PythonStage): {
  readonly entrypoint: Start | undefined;
  readonly cmd: Start | undefined;
} {
  let entrypoint: Start | undefined;
  let cmd: Start | undefined;
  for (const at of chainOf(stage)) {
    const own = (keyword: string): Start | undefined => {
      const step = at.stage.steps.findLast(({ instruction, onbuild }) => instruction.keyword === keyword && !onbuild);
      return step && { step, stage: at, calls: at.calls.filter((call) => call.step === step) };
    };
    const ownEntrypoint = own('ENTRYPOINT');
    cmd = own('CMD') ?? (ownEntrypoint === undefined ? cmd : undefined);
    entrypoint = ownEntrypoint ?? entrypoint;
  }
  return { entrypoint, cmd };
}

/** The commands a container starts with, ENTRYPOINT's first. */
export function startCalls(stage: PythonStage): readonly Call[] {
  const { entrypoint, cmd } = startsOf(stage);
  return [...(entrypoint?.calls ?? []), ...(cmd?.calls ?? [])];
}

/** Whether a stage, or one above it, says what its image starts. */
export function hasStart(stage: PythonStage): boolean {
  const { entrypoint, cmd } = startsOf(stage);
  return entrypoint !== undefined || cmd !== undefined;
}

/** Programs that come with Python packages and serve or run an application. */
const PYTHON_PROGRAMS =
  /^(?:python[\d.]*|pip[\d.]*|gunicorn|uvicorn|hypercorn|daphne|granian|waitress-serve|uwsgi|celery|flask|fastapi|streamlit|gradio|django-admin|alembic|pytest|jupyter(?:-lab)?|airflow|dagster|prefect|mlflow|scrapy|ansible(?:-playbook)?|sanic|litestar|rq|huey_consumer|dramatiq|supervisord)$/;

/** Whether a program is Python or one that its packages bring. */
export function isPythonProgram(program: string): boolean {
  return PYTHON_PROGRAMS.test(programOf(program));
}
