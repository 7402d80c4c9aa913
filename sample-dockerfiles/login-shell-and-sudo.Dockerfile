# Build agent for the firmware team; people log in and expect "their" Python.
FROM ubuntu:24.04

ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update && apt-get install -y --no-install-recommends \
        git \
        openssh-client \
        python3 \
        python3-venv \
        sudo \
    && rm -rf /var/lib/apt/lists/*

RUN useradd -m -u 1500 -s /bin/bash agent \
    && echo "agent ALL=(ALL) NOPASSWD:ALL" > /etc/sudoers.d/agent

RUN python3 -m venv /opt/agent
ENV VIRTUAL_ENV=/opt/agent
ENV PATH="$VIRTUAL_ENV/bin:$PATH"

# so that RUN behaves like the terminal
SHELL ["/bin/bash", "-lc"]

COPY requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir -r /tmp/requirements.txt
RUN echo ". /opt/agent/bin/activate" >> /home/agent/.bashrc
ENV BASH_ENV=/home/agent/.bashrc

USER agent
WORKDIR /home/agent
RUN sudo pip install --no-cache-dir west==1.3.0
RUN sudo -i -u agent python3 -m west --version

CMD sudo -E python -m flashfarm.agent
