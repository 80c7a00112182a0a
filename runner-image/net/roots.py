"""The certificates that are trusted unless a bot says otherwise."""


def share_roots() -> None:
    """Has requests look its roots up one by one, as contexts of ssl do, instead of reading all of a file.

    They are the same, certifi's: the image makes the folder of its file (rootfs.sh).
    """
    import ssl

    import requests.adapters

    requests.adapters.DEFAULT_CA_BUNDLE_PATH = ssl.get_default_verify_paths().openssl_capath
