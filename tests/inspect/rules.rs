//! Each finding: what raises it, and a near miss that does not.
