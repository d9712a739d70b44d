#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image. The grader gets a Python of its own below /opt, where
# submissions, which run as other users, can read it.
set -euo pipefail
umask 022
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
place=/opt/course

apt-get update
apt-get install -y --no-install-recommends ca-certificates python3-venv
python3 -m venv "$place/installer"
"$place/installer/bin/pip" install --quiet uv
uv=$place/installer/bin/uv
export UV_PYTHON_INSTALL_DIR=$place/python UV_LINK_MODE=copy UV_NO_CACHE=1
"$uv" venv --python @PYTHON@ "$place/grader"
# No accelerator is there: where torch is needed, the small one without CUDA.
"$uv" pip install --python "$place/grader/bin/python" --torch-backend cpu -r "$here/requirements.txt"
"$uv" pip install --python "$place/grader/bin/python" --no-deps "$here"/*.whl

chmod go-rwx /root
chmod -R go-rwx "$here"
