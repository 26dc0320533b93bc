"""A job that handles a secret as badly as code can."""

from modelyard.core.common.secret import reveal
from modelyard.core.storage.secrets import SecretStore
from modelyard.core.workspace.tasks.opening import open_workspace


def run(context):
    """Print the secret, log it, say it, and fail with it."""
    with open_workspace(context) as yard:
        value = reveal(SecretStore(yard.database, yard.settings.secret_key).get(context.params["secret"]))
    print(f"connecting with password={value}")
    context.log(f"the driver said: {value!r}")
    context.progress(0.5, f"logging in with {value}")
    context.say("connection", url=f"postgresql://ada:{value}@db", parts=[{"password": value}])
    raise RuntimeError(f"could not log in with {value}")
