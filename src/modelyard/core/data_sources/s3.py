"""S3 and what speaks like it: boto3 for control and uploads, pyarrow for the rows."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import Field

from modelyard.core.common.errors import InvalidInput, ModelyardError, NotAllowed, NotFound, Unavailable
from modelyard.core.common.optional import require
from modelyard.core.data_sources.arrow_files import ArrowFiles
from modelyard.core.data_sources.params import SourceParams
from modelyard.core.data_sources.secret_refs import SecretRef

if TYPE_CHECKING:
    import pyarrow.fs as pafs

_REFUSED = (
    "ACCESS_DENIED",
    "SIGNATURE",
    "INVALID_ACCESS_KEY",
    "Signature",
    "AccessDenied",
    "InvalidAccess",
    "InvalidClientTokenId",
    "status 403",
)
_REGION = "us-east-1"
_AWAY = ("NETWORK_CONNECTION", "connect", "timed out", "timeout", "curlCode")


class S3Params(SourceParams):
    """Which bucket, and who we are there."""

    bucket: str = Field(title="Bucket")
    prefix: str = Field("", title="Folder", description="Where in the bucket the source begins.")
    endpoint: str | None = Field(None, title="Endpoint", description="http://host:port of what speaks like S3.")
    region: str | None = Field(None, title="Region")
    profile: str | None = Field(None, title="Profile", description="Of the AWS configuration on the worker's machine.")
    access_key: str | None = Field(None, title="Access key")
    secret_key: SecretRef | None = Field(None, title="Secret key")
    session_token: SecretRef | None = Field(None, title="Session token")
    role: str | None = Field(None, title="Role", description="The ARN of a role to take on.")
    external_id: str | None = Field(
        None, title="External id", description="What the role's owner asks for, if anything."
    )
    sts_endpoint: str | None = Field(
        None, title="Endpoint of roles", description="http://host:port of what gives roles, where it is not AWS."
    )
    anonymous: bool = Field(False, title="Anonymous", description="For public buckets.")


class S3Source(ArrowFiles):
    """Files in a bucket. Without a key, a profile or `anonymous`, what the machine is allowed counts, as with boto3."""

    kind = "s3"
    title = "S3 and what speaks like it"
    Params = S3Params
    params: S3Params

    @property
    def address(self) -> str:
        """Endpoint, bucket and folder."""
        place = f"s3://{self._root}"
        return f"{place} at {self.params.endpoint}" if self.params.endpoint else place

    def check(self) -> str:
        """Ask for the first object of the folder."""
        with self._told():
            answer = self._control().list_objects_v2(Bucket=self.params.bucket, Prefix=self.params.prefix, MaxKeys=1)
        server = answer["ResponseMetadata"]["HTTPHeaders"].get("server", "S3")
        return str(server)

    @property
    def _root(self) -> str:
        return "/".join(part for part in (self.params.bucket, self.params.prefix.strip("/")) if part)

    def _filesystem(self) -> tuple[pafs.FileSystem, str]:
        import pyarrow.fs as pafs

        options: dict[str, Any] = {
            "connect_timeout": self.params.timeout / 2,
            "request_timeout": self.params.timeout,
            "retry_strategy": pafs.AwsStandardS3RetryStrategy(max_attempts=2),
        }
        if self.params.endpoint:
            parts = urlsplit(self.params.endpoint)
            options |= {"endpoint_override": parts.netloc, "scheme": parts.scheme or "https"}
        if self.params.anonymous:
            return pafs.S3FileSystem(anonymous=True, region=self.params.region, **options), self._root
        if self._says_all:  # boto3 takes as long as the rows
            options |= {"access_key": self.params.access_key, "secret_key": self.secret(self.params.secret_key)}
            options |= {"session_token": self.secret(self.params.session_token) or None}
            return pafs.S3FileSystem(region=self.params.region or _REGION, **options), self._root
        session = self._session()
        found = session.get_credentials()
        if found is None:
            raise NotAllowed(
                "There is no key for S3.", where=self.address, remedy="Give a key, or a profile, or a role."
            )
        keys = found.get_frozen_credentials()
        options |= {"access_key": keys.access_key, "secret_key": keys.secret_key, "session_token": keys.token}
        return pafs.S3FileSystem(region=session.region_name or _REGION, **options), self._root

    @property
    def _says_all(self) -> bool:
        """Whether key and place are among the parameters, so that the machine's configuration has no say."""
        own = self.params
        placed = (own.region or own.endpoint) and not own.profile
        return bool(own.access_key and own.secret_key and placed and not own.role)

    def _put(self, file: FilePath, target: str) -> None:
        self._control().upload_file(str(file), *target.split("/", 1))  # parts show when all of them are there

    def _fetch(self, path: str, folder: FilePath) -> FilePath:
        folder.mkdir(parents=True, exist_ok=True)
        local = folder / path.rsplit("/", 1)[-1]
        self._control().download_file(*path.split("/", 1), str(local))
        return local

    def _session(self) -> Any:
        boto3 = require("boto3", extra="sources", purpose="an S3 source")
        session = boto3.Session(
            aws_access_key_id=self.params.access_key,
            aws_secret_access_key=self.secret(self.params.secret_key) or None,
            aws_session_token=self.secret(self.params.session_token) or None,
            region_name=self.params.region,
            profile_name=self.params.profile,
        )
        return session if self.params.role is None else self._taken_on(session, self.params.role)

    def _taken_on(self, session: Any, role: str) -> Any:
        """Return a session in a role, for an hour or as long as the role's owner allows."""
        boto3 = require("boto3", extra="sources", purpose="an S3 source")
        region = session.region_name or _REGION
        asked = {"RoleArn": role, "RoleSessionName": "modelyard", "ExternalId": self.params.external_id}
        client = session.client("sts", endpoint_url=self.params.sts_endpoint, region_name=region, config=self._config())
        taken = client.assume_role(**{name: value for name, value in asked.items() if value})["Credentials"]
        return boto3.Session(taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"], session.region_name)

    def _control(self) -> Any:
        botocore = require("botocore", extra="sources", purpose="an S3 source")
        config = self._config(signature_version=botocore.UNSIGNED if self.params.anonymous else "s3v4")
        session = self._session()
        region = session.region_name or _REGION
        return session.client("s3", endpoint_url=self.params.endpoint, region_name=region, config=config)

    def _config(self, **more: Any) -> Any:
        config_of = require("botocore.config", extra="sources", purpose="an S3 source")
        return config_of.Config(
            connect_timeout=self.params.timeout / 2,
            read_timeout=self.params.timeout,
            retries={"total_max_attempts": 2},
            **more,
        )

    @property
    def _errors(self) -> tuple[type[BaseException], ...]:
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError  # not a BotoCoreError

        return (*super()._errors, BotoCoreError, ClientError, ResponseParserError, Boto3Error)

    def _explain(self, error: BaseException) -> ModelyardError:
        import pyarrow as pa

        text, where = str(error), self.address
        arrow = isinstance(error, pa.ArrowException) or type(error) is OSError
        if type(error) is OSError and error.errno is not None and "AWS" not in text:  # as a full disk
            return Unavailable(f"This machine cannot hold the file: {error.strerror}.", where=where)
        if arrow and "AWS" not in text:  # what S3 refuses and breaks off is all AWS's in pyarrow's words
            return InvalidInput("A file is damaged, or not of the kind that its name says.", where=where)
        if "AssumeRole" in text:  # as boto3 names what was asked
            remedy = "Look at the role's ARN, at whom it trusts, and whether it asks for an external id."
            what = f"The source {self.name!r} may not take on the role {self.params.role!r}."
            return NotAllowed(what, where=where, remedy=remedy)
        if any(sign in text for sign in _REFUSED):
            remedy = "Look at the keys and their rights."
            return NotAllowed(f"The source {self.name!r} refused the key.", where=where, remedy=remedy)
        if "NoSuchBucket" in text or "NO_SUCH_BUCKET" in text:
            return NotFound(f"There is no bucket {self.params.bucket!r}.", where=where)
        if type(error).__name__ == "ResponseParserError":
            remedy = "Look at the endpoint: another server answers there."
            return Unavailable(f"What answers the source {self.name!r} does not speak S3.", where=where, remedy=remedy)
        if any(sign in text for sign in _AWAY):
            remedy = "Look at the endpoint, or try later."
            return Unavailable(f"The source {self.name!r} does not answer.", where=where, remedy=remedy)
        return Unavailable(f"The source {self.name!r} broke off in the middle.", where=where, remedy="Try again.")
