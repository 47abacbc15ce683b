# SPDX-License-Identifier: Apache-2.0
# NB-CROSS-01: random state differs between runs
# Attack: the kernel's and Python's generators, hash seed and identifiers of three runs are compared
# Incident: Android and Chromium zygote sameness, Firecracker snapshot uniqueness (boot_id, RNG after restore)
# @prelude probe.py
import random
import tempfile
import uuid

emit(True, "compared outside", random=random.getrandbits(128), hash=hash("nestbox"), kernel=os.urandom(16).hex(),
     uuid=str(uuid.uuid4()), temporary=next(tempfile._get_candidate_names()))
