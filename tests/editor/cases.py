"""cases.py MODULE [NAME...]: runs MODULE's cases, or those of the names that it has; `run` calls it, in a world."""

import importlib
import sys
import time
import traceback

import connections
from screen import NotSo


def main():
    module = importlib.import_module(sys.argv[1])
    cases = {name[5:].replace("_", "-"): case for name, case in vars(module).items() if name.startswith("case_")}
    for name, case in cases.items():
        if len(sys.argv) > 2 and name not in sys.argv[2:]:
            continue
        connections.delete_all()
        began = time.monotonic()
        try:
            case()
        except NotSo as error:
            print(f"FAIL {name}: {error}", flush=True)
        except Exception:  # the other cases are to run all the same
            traceback.print_exc()
            print(f"FAIL {name}: {traceback.format_exc(limit=0).splitlines()[-1]}", flush=True)
        else:
            print(f"ok {name} {time.monotonic() - began:.1f} s", flush=True)


main()
