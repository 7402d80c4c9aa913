FROM alpine:3.20

ENV PIP_BREAK_SYSTEM_PACKAGES=1 \
    PIP_NO_CACHE_DIR=1

RUN apk add --no-cache bash curl jq python3 py3-pip py3-yaml

RUN apk add --no-cache --virtual .build-deps gcc musl-dev python3-dev libffi-dev \
 && pip install \
      awscli-local \
      jinja2-cli \
      'PyYAML==6.0.2' \
 && apk del .build-deps

COPY bin/ /usr/local/bin/
COPY templates /etc/stackpress/templates

# used from the CI runner, see ci/deploy.yml
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/stackpress"]
