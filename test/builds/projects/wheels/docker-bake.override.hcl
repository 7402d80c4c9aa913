PYTHONS = ["3.13", "3.14"]

target "app" {
  args = {
    EXTRA = "from-override"
  }
}
