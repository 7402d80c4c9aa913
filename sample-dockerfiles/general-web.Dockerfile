# A web front end with a Python job beside it, as it grew over the years: what the general rules say of it, with preset all.
ARG NODE
from node:$NODE as Assets
WORKDIR src
ADD package.json yarn.lock ./
RUN yarn install
COPY . .
RUN yarn build

FROM debian
MAINTAINER Web Team <web@example.org>
ENV LANG C.UTF-8
ENV API_TOKEN=0d9f8e7c6b5a-example
LABEL Version="1.0"
RUN apt-get update
RUN apt-get install python3 python3-venv curl wget \

    ca-certificates
RUN cd /opt && python3 -m venv venv
RUN sudo rm -f /bin/sh && ln -s /bin/bash /bin/sh
RUN curl -fsSL https://example.com/install | bash
RUN wget https://example.com/data.bin && cd /srv
RUN useradd -u 1000650000 -g 0 web
COPY --from=assets /src/dist /srv/www
COPY --from=asset-tools /usr/bin/tool /usr/bin/tool
COPY server.py settings.py /srv/$CONFIG_DIR
EXPOSE 8080:80/TCP
USER web
CMD python3 /srv/old.py
CMD python3 /srv/server.py
