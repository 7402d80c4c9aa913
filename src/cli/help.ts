/** What `plimsoll --help` prints. */
export const HELP = `plimsoll: a linter for container images that hold Python

Usage
  plimsoll lint [PATH…]        check Dockerfiles; directories are searched; "-" reads standard input
  plimsoll advise [PATH]       what is right about a Dockerfile, what to change first, and what it gains
  plimsoll prove [PATH]        builds a Dockerfile as it is and mended, with Docker or Podman, and compares the images
  plimsoll inspect IMAGE       what is in an image, wrong or wasted; "-" reads an archive from standard input
  plimsoll explain RULE        what a rule finds, why, and how to mend it
  plimsoll rules               all rules, a line each
  plimsoll config [PATH]       which rules run on a file, how, and where that is said
  plimsoll init                write a plimsoll.yaml, a workflow, a hook entry, as the repository's files ask for;
                               --from-hadolint[=FILE]: of that configuration of hadolint's
  plimsoll --help, --version

Options of lint
  --fix                        mend what is safe to mend, in place
  --unsafe-fixes               with --fix or --diff: also mend what changes layout, versions or users
  --fix-rule NAMES             with --fix or --diff: only fixes of these rules, families or aliases
  --diff                       print what --fix would change as a patch (--format json: as a plan); change nothing
  --format FORMAT[=FILE]       text, concise, json, sarif, github, gitlab, junit, checkstyle, markdown, html;
                               may be repeated
  -o, --output-file FILE       write the report to FILE
  --show-suppressed            json: also what comments silence
  --statistics                 a count for each rule instead of the findings
  --force-exclude              leave out what the configuration excludes though it is named (for hooks)
  --stdin-filename NAME        what standard input is called in the report
  --baseline FILE              let be what FILE knows; --update-baseline writes what is found into it
  --add-suppressions --reason TEXT   write comments that silence what is found
  --shellcheck PATH            where ShellCheck is, if not on PATH; rule shellcheck of preset recommended asks it
  --verbose                    which configuration holds for each file, and what is not there

Options of advise
  --image IMAGE                an image that was built of it: sizes and who gets which Python are measured in it
  --format FORMAT[=FILE]       markdown or json

Options of prove
  --context DIR                the directory that is built (else the project's, or the Dockerfile's own)
  --target STAGE, --build-arg NAME=VALUE, --network MODE   as of docker build
  --engine ENGINE              docker or podman (else the first that answers)
  --keep                       do not remove the two images
  --format FORMAT[=FILE]       markdown or json

Options of lint, inspect, advise and prove
  --preset NAME                python (default), recommended, all, hadolint or buildkit
  --config FILE, --isolated    this configuration in place of the nearest plimsoll.yaml; none at all
  --select NAMES, --ignore NAMES   only these, not these: rules, families or aliases, separated by commas
  --fail-on LEVEL              of lint and inspect: error, warning (default), info or never: the least that exits with 1
  --pedantic                   also what is unsure (advise always tells)
  --color WHEN                 of lint and inspect: auto (default), always, never

Options of inspect
  IMAGE                        an archive (docker save, OCI), an OCI layout, a root directory, or an image of the
                               Docker or Podman daemon; docker:, podman:, docker-archive:, oci:, oci-archive: or
                               rootfs: before it says which; registry:NAME asks the registry, without an engine
  --platform OS/ARCH[/VARIANT], --image NAME   which one, where there are several
  --dockerfile FILE            what the image was built of: findings get its lines, guesses about it are settled
  --target STAGE               with --dockerfile: the stage that was built, if not the last
  --base-layers N              how many of the lowest layers are the base image's, not yours to mend (else guessed)
  --format FORMAT[=FILE]       text, json or markdown
  --top N                      how many wastes to show (10)
  --min-efficiency N           exit with 1 if live bytes are less than that part of all: 0.9 or 90%
  --max-wasted N               exit with 1 if more bytes are wasted: 20MB, 1GiB
  --insecure                   also registries without TLS or with certificates that nobody vouches for
  --no-progress                no progress bar

Exit code: 0 nothing at or above --fail-on, 1 findings (or a change by --diff, or a missed threshold), 2 nothing
could be read.
`;
