# Wheels for several Pythons, an image of the application, and its documentation.
variable "REGISTRY" {
  default = "example.org/team"
}
variable "PYTHONS" {
  default = ["3.12", "3.13"]
}
variable "RELEASE" {
  default = null
}

function "tag" {
  params          = [name]
  variadic_params = more
  result          = join(":", concat(["${REGISTRY}/${name}"], more))
}

group "default" {
  targets = ["wheels", "app"]
}

group "everything" {
  targets = ["default", "docs"]
}

target "_python" {
  context = "app"
  args = {
    PYTHON_VERSION = element(PYTHONS, 1)
    RELEASE        = RELEASE
  }
}

target "wheels" {
  inherits = ["_python"]
  name     = "wheels-${replace(python, ".", "-")}-${kind.name}"
  matrix = {
    python = PYTHONS
    kind = [
      { name = "glibc", base = "slim", optimize = true },
      { name = "musl", base = "alpine", optimize = false },
    ]
  }
  target = "wheels"
  args = {
    PYTHON_VERSION = python
    BASE           = kind.base
    CFLAGS         = kind.optimize ? "-O2" : null
  }
}

target "app" {
  inherits = ["_python"]
  tags     = [tag("app", "latest")]
  contexts = {
    base   = "docker-image://python:3.13-slim"
    wheels = "target:wheels-3-13-glibc"
  }
  args = {
    PLUGINS = join(",", [for name in ["csv", "xlsx", ""] : upper(name) if name != ""])
    LABEL   = target._python.context
    SERIES  = substr(target._python.args.PYTHON_VERSION, 0, 1)
    BETA    = and(not(equal(REGISTRY, "")), "true") ? coalesce(RELEASE, "beta") : null
  }
}

target "docs" {
  context           = "docs"
  dockerfile-inline = <<-EOT
    FROM python:${PYTHONS[0]}-slim
    RUN pip install sphinx==8.2.0
    RUN echo "$${HOME} %%{x}" > /etc/motd
    COPY . /docs
    CMD ["sphinx-build", "/docs", "/out"]
  EOT
}

target "check" {
  inherits          = ["docs"]
  dockerfile-inline = "FROM scratch\nCOPY --from=${tag("app", "latest")} /opt/venv /opt/venv\n"
}
