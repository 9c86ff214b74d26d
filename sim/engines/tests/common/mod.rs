//! Planted bugs, one at a time.

use assay_abi::plants::{ENGINE_PLANTS, Plant};

/// Plants each bug of a block, and requires that it shows, as what its list says: `symptom` gives the field and the text of what it breaks, or nothing.
pub fn all_are_caught(block: &str, symptom: impl Fn(&'static Plant) -> Option<(String, String)>) {
    let mut caught = 0;
    for plant in ENGINE_PLANTS.iter().filter(|plant| plant.block == block) {
        let Some((field, difference)) = symptom(plant) else {
            panic!("{} is not caught", plant.name)
        };
        assert!(
            plant.fields.contains(&field.as_str()),
            "{} shows as {field}: {difference}",
            plant.name
        );
        println!("caught {}: {difference:.100}", plant.name);
        caught += 1;
    }
    assert!(caught > 0, "no bug is planted in {block}");
    println!("matched {caught} planted bugs of {block} with what they must break");
    println!("figure planted_bugs.engines.caught {caught}");
    println!("figure planted_bugs.engines.planted {caught}");
}
