import subprocess
import sys


def test_the_tracker_imports_nothing_heavy():
    code = (
        "import sys; import modelyard.core.tracking, modelyard.core.tracking.mirror;"
        "print(sorted({'mlflow', 'pandas', 'numpy', 'sklearn', 'plotly'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
