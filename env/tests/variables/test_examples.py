from env.services.places import ROOT
from env.variables import examples
from env.variables.files import read
from env.variables.inventory import TIERS, VARIABLES


class TestTheTrackedExamples:
    def test_are_byte_for_byte_what_the_inventory_says(self) -> None:
        for file, text in examples.rendered().items():
            assert (ROOT / file).read_bytes() == text.encode(), f"run: python -m {examples.__name__}"

    def test_name_every_variable_of_their_tier_once(self) -> None:
        for tier in TIERS:
            assert list(read(ROOT / tier.example_file).values) == [
                variable.name for variable in tier.variables
            ]

    def test_hold_no_value_where_one_is_generated(self) -> None:
        for tier in TIERS:
            values = read(ROOT / tier.example_file).values
            generated = [v.name for v in tier.variables if v.generate or v.api_key]
            assert [name for name in generated if values[name]] == []


class TestTheInventory:
    def test_gives_each_name_one_place(self) -> None:
        assert len(VARIABLES) == sum(len(tier.variables) for tier in TIERS)

    def test_has_examples_that_it_accepts_itself(self) -> None:
        refused = [v.name for v in VARIABLES.values() if v.example and not v.values.accepts(v.example)]
        assert refused == []

    def test_lets_no_secret_into_the_browser(self) -> None:
        assert [v.name for v in VARIABLES.values() if v.secret and v.name.startswith("NEXT_PUBLIC_")] == []


class TestWriting:
    def test_brings_stale_and_missing_files_up_to_date_and_nothing_else(self, tmp_path) -> None:
        (tmp_path / "backend").mkdir()
        (tmp_path / "frontend").mkdir()
        assert set(examples.write(tmp_path)) == set(examples.rendered())
        assert examples.write(tmp_path) == []
        (tmp_path / ".env.example").write_text("drifted\n")
        assert examples.stale(tmp_path) == [".env.example"]
        assert examples.write(tmp_path) == [".env.example"]
