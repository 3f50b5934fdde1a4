"""The website's machinery: two monolingual editions of one bilingual book (`python -m book --help`)."""
