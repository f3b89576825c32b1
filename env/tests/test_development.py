from env import development

LOCAL = {
    "root": {"SUPABASE_URL": "http://127.0.0.1:54321"},
    "backend": {
        "DATABASE_URL": "postgresql://postgres:postgres@127.0.0.1:54322/postgres",
        "CELERY_BROKER_URL": "redis://127.0.0.1:56379/2",
    },
    "frontend": {
        "NEXT_PUBLIC_APP_URL": "http://localhost:3000",
        "NEXT_PUBLIC_API_URL": "http://localhost:8000",
    },
}


class TestReplacedProcesses:
    def test_are_none_when_everything_points_here(self) -> None:
        assert development.replaced(LOCAL) == []

    def test_may_be_written_with_the_name_of_this_machine(self) -> None:
        backend = {**LOCAL["backend"], "CELERY_BROKER_URL": "redis://localhost:56379/2"}
        assert development.replaced({**LOCAL, "backend": backend}) == []

    def test_are_those_whose_address_is_elsewhere(self) -> None:
        backend = {
            "DATABASE_URL": "postgresql://u:p@db.example:5432/app",
            "CELERY_BROKER_URL": "redis://r:6379/0",
        }
        assert development.replaced({**LOCAL, "backend": backend}) == ["postgres", "redis"]

    def test_take_the_mailbox_along_with_auth(self) -> None:
        root = {"SUPABASE_URL": "https://project.supabase.co"}
        assert development.replaced({**LOCAL, "root": root}) == ["auth", "mailbox"]
