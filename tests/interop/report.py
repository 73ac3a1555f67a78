"""The results of a run: the tokens that each peer accepted and rejected, and the counts for the terminal."""

from common import Refused


class Accepted(Exception):
    """A token was accepted that must be rejected."""


class Result:
    """The tokens between one peer and jotsmith."""

    def __init__(self, peer):
        self.peer = peer
        self.version = "?"
        self.seconds = 0.0
        # By direction: "to" the peer, "from" it, and "keys" for keys.
        self.rows = {"to": [], "from": [], "keys": []}
        self.refused = {"to": 0, "from": 0, "keys": 0}
        self.failures = []
        self.exceptions = []

    def accept(self, row, direction, job):
        """Runs a job that must succeed; returns its value, or None."""
        succeeded, value = self._attempt(row, direction, f"{row}: {way(self.peer, direction)}", job)
        if succeeded:
            self.rows[direction].append(row)
        return value

    def refuse(self, row, direction, job, exit_code=None):
        """Runs a job that must be rejected, by jotsmith with this exit code if one is given."""

        def refused():
            try:
                job()
            except Refused as error:
                if exit_code not in (None, error.exit_code):
                    raise
                return
            raise Accepted("it was accepted")

        succeeded, _ = self._attempt(row, direction, f"{row}: {way(self.peer, direction)}, must be rejected", refused)
        self.refused[direction] += succeeded

    def _attempt(self, row, direction, what, job):
        reason = self.peer.explained.get((row, direction))
        try:
            value = job()
        except Exception as error:  # Whatever a peer raises is a failure of this combination.
            if reason and isinstance(error, (Accepted, Refused)):
                self.exceptions.append((row, direction, reason))
            else:
                self.failures.append(f"{what}: {type(error).__name__}: {str(error)[:600]}")
            return False, None
        if reason:
            self.failures.append(f"{what}: it works, which contradicts: {reason}")
        return True, value


def way(peer, direction):
    return f"jotsmith to {peer.name}" if direction == "to" else f"{peer.name} to jotsmith"


def print_counts(results, seconds):
    print(f"{'':<17}{'version':<12}{'tokens to it':>22}{'tokens from it':>22}{'exceptions':>12}{'failures':>10}{'seconds':>9}")
    print(f"{'':<29}{'accepted':>12}{'rejected':>10}{'accepted':>12}{'rejected':>10}")
    totals = [0] * 6
    for result in results:
        numbers = [len(result.rows["to"]), result.refused["to"], len(result.rows["from"]), result.refused["from"],
                   len(result.exceptions), len(result.failures)]
        totals = [total + number for total, number in zip(totals, numbers, strict=True)]
        print_row(result.peer.name, result.version, numbers, result.seconds)
        for row, direction, reason in result.exceptions:
            print(f"{'':<17}{row}, {direction} it: {reason}")
    print_row("total", "", totals, seconds)
    print(f"keys of other software, in every form, that were read as the same key: {sum(len(result.rows['keys']) for result in results)}")


def print_row(name, version, numbers, seconds):
    widths = (12, 10, 12, 10, 12, 10)
    columns = "".join(f"{number:>{width}}" for number, width in zip(numbers, widths, strict=True))
    print(f"{name:<17}{version:<12}{columns}{seconds:>9.1f}")
